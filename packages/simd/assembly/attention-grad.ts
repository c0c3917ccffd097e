import { at, int } from "./common";
import {
  CHUNKS, D_BIAS, D_BIAS_PARTS, D_BIAS_SIZE, D_KEY, D_QUERY, D_QUERY_PARTS, D_QUERY_SIZE, D_VALUE, DY,
  GROUP, HEAD_DIM, KEY, KEY_HEADS, KEY_STEPS, KEYS, OUTPUT_STEPS, PAIR_BY_SLICE, PAIR_STEP, PAIRS, PIECES,
  QUERIES, QUERY, QUERY_STEPS, ROW, VALUE_DIM, VALUE_STEPS, endKey, firstKey,
} from "./attention-call";
import {
  BLOCK, D_SCORES, DY_TAIL, KEY_TAIL, PANEL, QUERY_TAIL, RANGES, TILE, WEIGHTS, scoreBlock,
} from "./attention-d-scores";
import { clearRows, placeOf, rowAt, rowStep } from "./attention-rows";
import { gather, mix, packTail } from "./attention-tiles";

/**
 * Gradients of query, key, value and bias. The weights are worked out again, tile by tile, from the
 * logarithms of the rows' sums (Dao et al. 2022, FlashAttention, §3.1 and appendix B.2).
 *
 * A unit is a chunk of keys for one or more pairs of batch and key head, with all the query heads of
 * each: it alone writes its rows of dKey and dValue, adds up dQuery in its chunk's own room and dBias
 * in its piece's, always in the same order. attentionAdd puts rooms together.
 *
 * slots: attention-call.ts
 */
export function attentionGrad(args: usize, lo: i32, hi: i32, scratch: usize): void {
  const chunks = int(args, CHUNKS), pieces = int(args, PIECES), pairs = int(args, PAIRS);
  for (let unit = lo; unit < hi; unit++) {
    const rest = unit / chunks, chunk = unit - rest * chunks;
    const slice = rest / pieces, piece = rest - slice * pieces;
    for (let n = pairs * piece / pieces; n < pairs * (piece + 1) / pieces; n++) {
      const pair = slice * int(args, PAIR_BY_SLICE) + n * int(args, PAIR_STEP);
      onePair(args, pair, chunk, piece, scratch);
    }
  }
}

function onePair(args: usize, pair: i32, chunk: i32, piece: i32, scratch: usize): void {
  const keys = int(args, KEYS), chunks = int(args, CHUNKS), group = int(args, GROUP);
  const tiles = (keys + TILE - 1) / TILE;
  const batch = pair / int(args, KEY_HEADS), keyHead = pair - batch * int(args, KEY_HEADS);
  let dQuery = at(args, D_QUERY);
  if (chunk) dQuery = at(args, D_QUERY_PARTS) + (<usize>(chunk - 1) * <usize>int(args, D_QUERY_SIZE) << 2);
  let dBias = at(args, D_BIAS);
  if (dBias && piece) {
    dBias = at(args, D_BIAS_PARTS) + (<usize>(piece - 1) * <usize>int(args, D_BIAS_SIZE) << 2);
  }
  const step = rowStep(args, QUERY_STEPS), bytes = <usize>int(args, HEAD_DIM) << 2;
  for (let head = keyHead * group; head < (keyHead + 1) * group; head++) {
    clearRows(dQuery + placeOf(args, QUERY_STEPS, batch, head, 0), step, int(args, QUERIES), bytes);
  }
  // Chunks take tiles in turn, there and back: under a causal mask early keys are more work.
  for (let turn = 0; turn < tiles; turn += chunks * 2) {
    const there = turn + chunk, back = turn + 2 * chunks - 1 - chunk;
    if (there < tiles) oneTile(args, batch, keyHead, there * TILE, dQuery, dBias, scratch);
    if (back < tiles) oneTile(args, batch, keyHead, back * TILE, dQuery, dBias, scratch);
  }
}

function oneTile(
  args: usize, batch: i32, keyHead: i32, key: i32, dQuery: usize, dBias: usize, scratch: usize,
): void {
  const queries = int(args, QUERIES), group = int(args, GROUP);
  const depth = int(args, HEAD_DIM), width = int(args, VALUE_DIM);
  const count = min<i32>(TILE, int(args, KEYS) - key);
  const kStep = rowStep(args, KEY_STEPS), vStep = rowStep(args, VALUE_STEPS);
  const kPlace = placeOf(args, KEY_STEPS, batch, keyHead, key);
  const vPlace = placeOf(args, VALUE_STEPS, batch, keyHead, key);
  clearRows(at(args, D_KEY) + kPlace, kStep, count, <usize>depth << 2);
  clearRows(at(args, D_VALUE) + vPlace, vStep, count, <usize>width << 2);
  packTail(at(args, KEY) + kPlace, kStep, count, depth, scratch + KEY_TAIL);
  for (let head = keyHead * group; head < (keyHead + 1) * group; head++) {
    for (let query = 0; query < queries; query += BLOCK) {
      const rows = min<i32>(BLOCK, queries - query);
      if (firstKey(args, query) >= key + count) break;
      if (endKey(args, query + rows - 1) <= key) continue;
      if (scoreBlock(args, batch, head, query, rows, key, count, dBias, scratch)) {
        const dq = dQuery + placeOf(args, QUERY_STEPS, batch, head, query);
        spread(args, batch, head, query, rows, key, count, dq, scratch);
      }
    }
  }
}

/** Adds what the gradients of a block's scores give to dQuery, dKey and dValue. */
function spread(
  args: usize, batch: i32, head: i32, query: i32, rows: i32, key: i32, count: i32, dQuery: usize,
  scratch: usize,
): void {
  const depth = int(args, HEAD_DIM), width = int(args, VALUE_DIM), keyHead = head / int(args, GROUP);
  const qStep = rowStep(args, QUERY_STEPS), kStep = rowStep(args, KEY_STEPS);
  const vStep = rowStep(args, VALUE_STEPS), yStep = rowStep(args, OUTPUT_STEPS);
  const q = rowAt(args, QUERY, QUERY_STEPS, batch, head, query);
  const dy = rowAt(args, DY, OUTPUT_STEPS, batch, head, query);
  const dKey = rowAt(args, D_KEY, KEY_STEPS, batch, keyHead, key);
  const dValue = rowAt(args, D_VALUE, VALUE_STEPS, batch, keyHead, key);
  const weights = scratch + WEIGHTS, dScores = scratch + D_SCORES, ranges = scratch + RANGES;
  packTail(q, qStep, rows, depth, scratch + QUERY_TAIL);
  packTail(dy, yStep, rows, width, scratch + DY_TAIL);
  for (let j = 0; j < count; j += 4) {
    const here = ROW * j, some = min<i32>(4, count - j);
    gather(
      weights + here, PANEL, ranges, j, rows, dy, yStep, scratch + DY_TAIL, width, dValue + vStep * j, vStep,
      some,
    );
    gather(
      dScores + here, PANEL, ranges, j, rows, q, qStep, scratch + QUERY_TAIL, depth, dKey + kStep * j, kStep,
      some,
    );
  }
  const k = rowAt(args, KEY, KEY_STEPS, batch, keyHead, key);
  for (let i = 0; i < rows; i += 4) {
    const range = ranges + (<usize>(i >> 3) << 3);
    // Of the panel's keys, those that these four queries may see by their places.
    const last = query + min<i32>(i + 4, rows) - 1;
    const lo = max<i32>(load<i32>(range), (firstKey(args, query + i) - key) & -4);
    const hi = min<i32>(load<i32>(range, 4), endKey(args, last) - key);
    if (lo >= hi) continue;
    const from = dScores + PANEL * (i >> 3) + ROW * lo + ((<usize>i & 4) << 2);
    const tail = scratch + KEY_TAIL + ROW * lo;
    const some = min<i32>(4, rows - i);
    mix(from, k + kStep * lo, kStep, tail, hi - lo, depth, dQuery + qStep * i, qStep, some, 0);
  }
}
