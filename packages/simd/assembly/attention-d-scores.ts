// The gradients of the scores of a block of queries and a tile of keys.
import { at, float, int, sumLanes, take } from "./common";
import {
  BIAS_STEPS, DELTA, DROPOUT, DY, GROUP, HEAD_DIM, HEADS, KEEP, KEEP_KEYS, KEY, KEY_STEPS, LANES, LOG_SUM,
  OUTPUT_STEPS, QUERY, QUERY_DOCUMENTS, QUERY_STEPS, ROW, SCALE, TOP, VALUE, VALUE_DIM, VALUE_STEPS, endKey,
  firstKey,
} from "./attention-call";
import { shape, trimmedFrom, trimmedTo } from "./attention-mask";
import { indexLanes, lanesAt, power4, rowAt, rowStep, scaleLanes } from "./attention-rows";
import { dots, packLanes } from "./attention-tiles";

/** Widths beyond this are packed piece by piece. */
const DEPTH: i32 = 2048;

/** Queries a block and keys a tile. */
export const BLOCK: i32 = 64;
export const TILE: i32 = 64;
/** Bytes of a panel of scores, [TILE, 8]. */
export const PANEL: usize = 2048;

// Where things are in the scratch memory, in bytes.
/** Weights [BLOCK / 8, TILE, 8], after dropout. */
export const WEIGHTS: usize = 0;
/** Gradients of the scores, as the weights. */
export const D_SCORES: usize = 16384;
/** Last columns of key, query and dy, each [64, 8]. */
export const KEY_TAIL: usize = 32768;
export const QUERY_TAIL: usize = 34816;
export const DY_TAIL: usize = 36864;
/** Which keys of the tile each panel sees: from and to. */
export const RANGES: usize = 38912;
/** Eight queries, or rows of dy, as lanes [DEPTH, 8]. */
const PACKED: usize = 39936;

/** Weights and gradients of the scores of a block of queries and a tile of keys; whether any are seen. */
export function scoreBlock(
  args: usize, batch: i32, head: i32, query: i32, rows: i32, key: i32, count: i32, dBias: usize,
  scratch: usize,
): bool {
  const depth = int(args, HEAD_DIM), width = int(args, VALUE_DIM);
  const row = batch * int(args, HEADS) + head, keyHead = head / int(args, GROUP);
  const qStep = rowStep(args, QUERY_STEPS), kStep = rowStep(args, KEY_STEPS);
  const vStep = rowStep(args, VALUE_STEPS), yStep = rowStep(args, OUTPUT_STEPS);
  const q = rowAt(args, QUERY, QUERY_STEPS, batch, head, 0);
  const dy = rowAt(args, DY, OUTPUT_STEPS, batch, head, 0);
  const k = rowAt(args, KEY, KEY_STEPS, batch, keyHead, 0);
  const v = rowAt(args, VALUE, VALUE_STEPS, batch, keyHead, 0);
  const trims = at(args, KEEP_KEYS) || at(args, QUERY_DOCUMENTS) || at(args, KEEP);
  let any = false;
  for (let i = 0; i < rows; i += LANES) {
    const first = query + i, lanes = min<i32>(LANES, rows - i), panel = <usize>(i >> 3);
    // Whole groups of four keys from the tile's first on.
    let lo = key + (max<i32>(0, firstKey(args, first) - key) & -4);
    let hi = min<i32>(key + count, key + ((endKey(args, first + lanes - 1) - key + 3) & -4));
    if (trims) {
      lo = trimmedFrom(args, batch, head, first, lanes, lo, hi);
      hi = trimmedTo(args, batch, head, first, lanes, lo, hi);
    }
    const range = scratch + RANGES + (panel << 3);
    store<i32>(range, lo - key);
    store<i32>(range, hi - key, 4);
    if (lo >= hi) continue;
    any = true;
    const some = hi - lo, from = PANEL * panel + ROW * (lo - key);
    const weights = scratch + WEIGHTS + from, dScores = scratch + D_SCORES + from;
    const packed = scratch + PACKED;
    products(
      q + qStep * first, qStep, lanes, float(args, SCALE), k + kStep * lo, kStep, some, depth, packed, weights,
    );
    shape(args, batch, head, first, lanes, lo, some, weights);
    products(dy + yStep * first, yStep, lanes, 1, v + vStep * lo, vStep, some, width, packed, dScores);
    if (int(args, DROPOUT)) {
      weighDropped(args, batch, head, first, lanes, lo, some, weights, dScores);
    } else {
      weigh(args, row, first, lanes, some, weights, dScores);
    }
    if (dBias) addToBias(args, batch, head, first, lanes, lo, some, dScores, dBias);
    // Only now, since the bias is added after scaling.
    scaleAll(dScores, some, float(args, SCALE));
  }
  return any;
}

/** to[j][i] = factor · x[i] · y[j] for up to eight rows x. */
function products(
  x: usize, xStep: usize, rows: i32, factor: f32, y: usize, yStep: usize, count: i32, depth: i32,
  packed: usize, to: usize,
): void {
  let d = 0;
  do {
    const part = min<i32>(DEPTH, depth - d), deep = <usize>d << 2;
    packLanes(x + deep, xStep, rows, part, packed, factor);
    dots(y + deep, yStep, packed, part, count, to, d > 0);
    d += DEPTH;
  } while (d < depth);
}

/** The four highest scores from a query on; infinity, which makes weights 0, beyond the last. */
// @ts-ignore: decorator
@inline export function topLanes(args: usize, row: i32, query: i32, lanes: i32): v128 {
  const there = i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(lanes));
  return v128.bitselect(take(lanesAt(args, TOP, row, query), lanes), f32x4.splat(Infinity), there);
}

// @ts-ignore: decorator
@inline export function logSumLanes(args: usize, row: i32, query: i32, lanes: i32): v128 {
  return take(lanesAt(args, LOG_SUM, row, query), lanes);
}

// @ts-ignore: decorator
@inline export function deltaLanes(args: usize, row: i32, query: i32, lanes: i32): v128 {
  return take(lanesAt(args, DELTA, row, query), lanes);
}

/** Scores to weights, gradients of weights to those of scores, both in place. */
function weigh(
  args: usize, row: i32, query: i32, lanes: i32, count: i32, weights: usize, dScores: usize,
): void {
  const top0 = topLanes(args, row, query, lanes), top1 = topLanes(args, row, query + 4, lanes - 4);
  const sum0 = logSumLanes(args, row, query, lanes), sum1 = logSumLanes(args, row, query + 4, lanes - 4);
  const delta0 = deltaLanes(args, row, query, lanes), delta1 = deltaLanes(args, row, query + 4, lanes - 4);
  for (let j = 0; j < count; j++) {
    const w0 = power4(f32x4.sub(f32x4.sub(v128.load(weights), top0), sum0));
    const w1 = power4(f32x4.sub(f32x4.sub(v128.load(weights, 16), top1), sum1));
    v128.store(weights, w0);
    v128.store(weights, w1, 16);
    v128.store(dScores, f32x4.mul(w0, f32x4.sub(v128.load(dScores), delta0)));
    v128.store(dScores, f32x4.mul(w1, f32x4.sub(v128.load(dScores, 16), delta1)), 16);
    weights += ROW;
    dScores += ROW;
  }
}

/** The same where weights were dropped: the gradient of a dropped one is 0. */
function weighDropped(
  args: usize, batch: i32, head: i32, query: i32, lanes: i32, key: i32, count: i32, weights: usize,
  dScores: usize,
): void {
  const row = batch * int(args, HEADS) + head;
  for (let half = 0; half < 8; half += 4) {
    const top = topLanes(args, row, query + half, lanes - half);
    const sum = logSumLanes(args, row, query + half, lanes - half);
    const delta = deltaLanes(args, row, query + half, lanes - half);
    let index = i32x4.add(indexLanes(args, batch, head, query + half), i32x4.splat(key));
    let w = weights + (<usize>half << 2), d = dScores + (<usize>half << 2);
    for (let j = 0; j < count; j++) {
      const weight = power4(f32x4.sub(f32x4.sub(v128.load(w), top), sum));
      const scale = scaleLanes(args, index);
      v128.store(w, f32x4.mul(weight, scale));
      v128.store(d, f32x4.mul(weight, f32x4.sub(f32x4.mul(v128.load(d), scale), delta)));
      index = i32x4.add(index, i32x4.splat(1));
      w += ROW;
      d += ROW;
    }
  }
}

function scaleAll(x: usize, count: i32, factor: f32): void {
  const by = f32x4.splat(factor);
  for (let j = 0; j < count; j++) {
    v128.store(x, f32x4.mul(v128.load(x), by));
    v128.store(x, f32x4.mul(v128.load(x, 16), by), 16);
    x += ROW;
  }
}

/** Adds gradients of scores to those of the bias; keys are an axis of it, queries may be. */
function addToBias(
  args: usize, batch: i32, head: i32, query: i32, lanes: i32, key: i32, count: i32, dScores: usize,
  dBias: usize,
): void {
  const byQuery = int(args, BIAS_STEPS + 2);
  dBias += <usize>(batch * int(args, BIAS_STEPS) + head * int(args, BIAS_STEPS + 1) + query * byQuery + key) << 2;
  if (byQuery == 0) {
    for (let j = 0; j < count; j++) {
      store<f32>(dBias, load<f32>(dBias) + (sumLanes(v128.load(dScores)) + sumLanes(v128.load(dScores, 16))));
      dBias += 4;
      dScores += ROW;
    }
    return;
  }
  const step = <usize>byQuery << 2;
  let j = 0;
  if (lanes == LANES) {
    for (; j + 4 <= count; j += 4) {
      const to = dBias + (<usize>j << 2), from = dScores + ROW * j;
      addTurned(from, to, step);
      addTurned(from + 16, to + step * 4, step);
    }
  }
  for (; j < count; j++) {
    for (let i = 0; i < lanes; i++) {
      const to = dBias + step * i + (<usize>j << 2);
      store<f32>(to, load<f32>(to) + load<f32>(dScores + ROW * j + (<usize>i << 2)));
    }
  }
}

/** Adds four lanes of four keys to four numbers of each of four rows. */
// @ts-ignore: decorator
@inline export function addTurned(from: usize, to: usize, step: usize): void {
  const a0 = v128.load(from), a1 = v128.load(from, 32), a2 = v128.load(from, 64), a3 = v128.load(from, 96);
  const t0 = v128.shuffle<f32>(a0, a1, 0, 4, 1, 5), t1 = v128.shuffle<f32>(a0, a1, 2, 6, 3, 7);
  const t2 = v128.shuffle<f32>(a2, a3, 0, 4, 1, 5), t3 = v128.shuffle<f32>(a2, a3, 2, 6, 3, 7);
  v128.store(to, f32x4.add(v128.load(to), v128.shuffle<i64>(t0, t2, 0, 2)));
  to += step;
  v128.store(to, f32x4.add(v128.load(to), v128.shuffle<i64>(t0, t2, 1, 3)));
  to += step;
  v128.store(to, f32x4.add(v128.load(to), v128.shuffle<i64>(t1, t3, 0, 2)));
  to += step;
  v128.store(to, f32x4.add(v128.load(to), v128.shuffle<i64>(t1, t3, 1, 3)));
}
