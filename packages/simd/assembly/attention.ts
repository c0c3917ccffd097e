import { at, float, int, put, take } from "./common";
import {
  BLOCK, DROPOUT, GROUP, HEAD_DIM, HEADS, KEEP, KEEP_KEYS, KEY, KEY_STEPS, KEYS, LANES, LOG_SUM, TOP,
  OUTPUT, OUTPUT_STEPS, QUERIES, QUERY, QUERY_DOCUMENTS, QUERY_STEPS, ROW, SCALE, TILE, VALUE, VALUE_DIM,
  VALUE_STEPS, endKey, firstKey,
} from "./attention-call";
import { attendOne } from "./attention-one";
import { shape, trimmedFrom, trimmedTo } from "./attention-mask";
import { clearRows, indexLanes, lanesAt, power4, rowAt, rowStep, scaleLanes } from "./attention-rows";
import { dots, mix, packLanes, packTail } from "./attention-tiles";
import { log4 } from "./math";

/** Widths beyond this are packed piece by piece. */
const DEPTH: i32 = 2048;

// Where things are in the scratch memory, in bytes.
/** Queries by eights, as lanes [BLOCK / 8, headDim, 8], times the scale. */
const PACKED: usize = 0;
/** Scores of a panel of eight queries, then its weights [TILE, 8]. */
const SCORES: usize = 131072;
/** Last columns of value [TILE, 8]. */
const TAIL: usize = 135168;
/** Of each panel the highest scores so far, their sums, and what the last tile rescales by; eight each. */
const STATS: usize = 139264;
const SUMS: usize = 32;
const FACTORS: usize = 64;
const STATS_STEP: usize = 96;

/**
 * output = softmax(scale · query · keyᵀ + bias) · value and the logarithm of each row's sum, tile by
 * tile of keys with a running maximum (Dao et al. 2022, FlashAttention, §3.1).
 *
 * A unit is a block of queries of one head. Eight queries at a time are the lanes of two vectors, so
 * that maxima, powers and sums go by lanes; keys and values are read as they lie.
 *
 * slots: attention-call.ts
 */
export function attention(args: usize, lo: i32, hi: i32, scratch: usize): void {
  const queries = int(args, QUERIES), size = int(args, BLOCK);
  const blocks = (queries + size - 1) / size;
  for (let unit = lo; unit < hi; unit++) {
    const row = unit / blocks, turn = unit - row * blocks;
    // From both ends in turn: under a causal mask later blocks are more work, and shares come out even.
    const block = turn & 1 ? blocks - 1 - (turn >> 1) : turn >> 1;
    const query = block * size, rows = min<i32>(size, queries - query);
    const batch = row / int(args, HEADS), head = row - batch * int(args, HEADS);
    if (rows == 1) attendOne(args, batch, head, query, scratch);
    else attendBlock(args, batch, head, query, rows, scratch);
  }
}

function attendBlock(args: usize, batch: i32, head: i32, query: i32, rows: i32, scratch: usize): void {
  const keys = int(args, KEYS), tile = int(args, TILE), width = int(args, VALUE_DIM);
  const vStep = rowStep(args, VALUE_STEPS), step = rowStep(args, OUTPUT_STEPS);
  const output = rowAt(args, OUTPUT, OUTPUT_STEPS, batch, head, query);
  const v = rowAt(args, VALUE, VALUE_STEPS, batch, head / int(args, GROUP), 0);
  clearRows(output, step, rows, <usize>width << 2);
  begin(args, batch, head, query, rows, scratch);
  const end = endKey(args, query + rows - 1);
  for (let key = firstKey(args, query) / tile * tile; key < end; key += tile) {
    const past = min<i32>(keys, key + tile);
    packTail(v + vStep * key, vStep, past - key, width, scratch + TAIL);
    for (let i = 0; i < rows; i += LANES) {
      const count = min<i32>(LANES, rows - i);
      attendPanel(args, batch, head, query + i, count, key, past, i >> 3, output + step * i, scratch);
    }
  }
  const row = batch * int(args, HEADS) + head;
  const tops = lanesAt(args, TOP, row, query), sums = lanesAt(args, LOG_SUM, row, query);
  for (let i = 0; i < rows; i += LANES) {
    const stat = scratch + STATS + STATS_STEP * (i >> 3);
    const next = <usize>i << 2;
    finish(stat, output + step * i, step, width, min<i32>(LANES, rows - i), tops + next, sums + next);
  }
}

/** Packs the queries of a block, and has nothing seen yet. */
function begin(args: usize, batch: i32, head: i32, query: i32, rows: i32, scratch: usize): void {
  const depth = int(args, HEAD_DIM), step = rowStep(args, QUERY_STEPS);
  const from = rowAt(args, QUERY, QUERY_STEPS, batch, head, query);
  for (let i = 0; i < rows; i += LANES) {
    const stat = scratch + STATS + STATS_STEP * (i >> 3);
    v128.store(stat, f32x4.splat(-Infinity));
    v128.store(stat, f32x4.splat(-Infinity), 16);
    v128.store(stat + SUMS, f32x4.splat(0));
    v128.store(stat + SUMS, f32x4.splat(0), 16);
    if (depth > DEPTH) continue;
    const to = scratch + PACKED + ROW * depth * (i >> 3);
    packLanes(from + step * i, step, min<i32>(LANES, rows - i), depth, to, float(args, SCALE));
  }
}

/** What a tile of keys adds to up to eight queries. */
function attendPanel(
  args: usize, batch: i32, head: i32, query: i32, rows: i32, key: i32, past: i32, panel: i32,
  output: usize, scratch: usize,
): void {
  // Whole groups of four keys from the tile's first on.
  let lo = key + (max<i32>(0, firstKey(args, query) - key) & -4);
  let hi = min<i32>(past, key + ((endKey(args, query + rows - 1) - key + 3) & -4));
  if (at(args, KEEP_KEYS) || at(args, QUERY_DOCUMENTS) || at(args, KEEP)) {
    lo = trimmedFrom(args, batch, head, query, rows, lo, hi);
    hi = trimmedTo(args, batch, head, query, rows, lo, hi);
  }
  if (lo >= hi) return;
  const count = hi - lo, scores = scratch + SCORES, stat = scratch + STATS + STATS_STEP * panel;
  scorePanel(args, batch, head, query, rows, lo, count, panel, scratch);
  shape(args, batch, head, query, rows, lo, count, scores);
  weigh(scores, count, stat);
  if (int(args, DROPOUT)) drop(args, batch, head, query, lo, count, scores);
  const width = int(args, VALUE_DIM), vStep = rowStep(args, VALUE_STEPS);
  const step = rowStep(args, OUTPUT_STEPS);
  const v = rowAt(args, VALUE, VALUE_STEPS, batch, head / int(args, GROUP), lo);
  const tail = scratch + TAIL + ROW * (lo - key), factors = stat + FACTORS;
  mix(scores, v, vStep, tail, count, width, output, step, min<i32>(4, rows), factors);
  if (rows > 4) {
    mix(scores + 16, v, vStep, tail, count, width, output + step * 4, step, rows - 4, factors + 16);
  }
}

/** Scores of up to eight queries and some keys, before bias and mask. */
function scorePanel(
  args: usize, batch: i32, head: i32, query: i32, rows: i32, key: i32, count: i32, panel: i32,
  scratch: usize,
): void {
  const depth = int(args, HEAD_DIM), kStep = rowStep(args, KEY_STEPS);
  const k = rowAt(args, KEY, KEY_STEPS, batch, head / int(args, GROUP), key);
  if (depth <= DEPTH) {
    dots(k, kStep, scratch + PACKED + ROW * depth * panel, depth, count, scratch + SCORES, false);
    return;
  }
  const q = rowAt(args, QUERY, QUERY_STEPS, batch, head, query), qStep = rowStep(args, QUERY_STEPS);
  for (let d = 0; d < depth; d += DEPTH) {
    const part = min<i32>(DEPTH, depth - d), deep = <usize>d << 2;
    packLanes(q + deep, qStep, rows, part, scratch + PACKED, float(args, SCALE));
    dots(k + deep, kStep, scratch + PACKED, part, count, scratch + SCORES, d > 0);
  }
}

/** Scores to powers of them less the highest so far, in place; brings the state up to date. */
function weigh(scores: usize, count: i32, stat: usize): void {
  const old0 = v128.load(stat), old1 = v128.load(stat, 16);
  let top0 = old0, top1 = old1, p = scores;
  for (let j = 0; j < count; j++) {
    // NaN is passed over here and comes back in the powers.
    top0 = f32x4.pmax(top0, v128.load(p));
    top1 = f32x4.pmax(top1, v128.load(p, 16));
    p += ROW;
  }
  v128.store(stat, top0);
  v128.store(stat + 16, top1);
  // Where all is hidden so far, any number below infinity makes all powers 0.
  const least = f32x4.splat(-3.4028234663852886e38);
  top0 = f32x4.pmax(top0, least);
  top1 = f32x4.pmax(top1, least);
  const factor0 = power4(f32x4.sub(old0, top0)), factor1 = power4(f32x4.sub(old1, top1));
  v128.store(stat + FACTORS, factor0);
  v128.store(stat + FACTORS + 16, factor1);
  let sum0 = f32x4.mul(v128.load(stat + SUMS), factor0);
  let sum1 = f32x4.mul(v128.load(stat + SUMS + 16), factor1);
  p = scores;
  for (let j = 0; j < count; j++) {
    const x0 = power4(f32x4.sub(v128.load(p), top0)), x1 = power4(f32x4.sub(v128.load(p, 16), top1));
    v128.store(p, x0);
    v128.store(p, x1, 16);
    sum0 = f32x4.add(sum0, x0);
    sum1 = f32x4.add(sum1, x1);
    p += ROW;
  }
  v128.store(stat + SUMS, sum0);
  v128.store(stat + SUMS + 16, sum1);
}

function drop(args: usize, batch: i32, head: i32, query: i32, key: i32, count: i32, weights: usize): void {
  let index0 = i32x4.add(indexLanes(args, batch, head, query), i32x4.splat(key));
  let index1 = i32x4.add(indexLanes(args, batch, head, query + 4), i32x4.splat(key));
  const one = i32x4.splat(1);
  for (let j = 0; j < count; j++) {
    v128.store(weights, f32x4.mul(v128.load(weights), scaleLanes(args, index0)));
    v128.store(weights, f32x4.mul(v128.load(weights, 16), scaleLanes(args, index1)), 16);
    index0 = i32x4.add(index0, one);
    index1 = i32x4.add(index1, one);
    weights += ROW;
  }
}

/**
 * Divides rows by their sums; writes the highest scores and the sums' logarithms, infinity and 0 for a
 * row that saw nothing.
 */
function finish(
  stat: usize, output: usize, step: usize, width: i32, rows: i32, tops: usize, logSums: usize,
): void {
  for (let half = 0; half < 8; half += 4) {
    const place = <usize>half << 2;
    const sum = v128.load(stat + SUMS + place);
    const blind = f32x4.eq(sum, f32x4.splat(0));
    put(tops + place, v128.bitselect(f32x4.splat(Infinity), v128.load(stat + place), blind), rows - half);
    put(logSums + place, v128.andnot(log4(sum), blind), rows - half);
    v128.store(stat + FACTORS + place, v128.andnot(f32x4.div(f32x4.splat(1), sum), blind));
  }
  for (let i = 0; i < rows; i++) {
    const factor = v128.load_splat<f32>(stat + FACTORS + (<usize>i << 2));
    const blind = f32x4.eq(factor, f32x4.splat(0));
    for (let d = 0; d < width; d += 4) {
      const to = output + (<usize>d << 2), x = f32x4.mul(take(to, width - d), factor);
      put(to, v128.andnot(x, blind), width - d);
    }
    output += step;
  }
}
