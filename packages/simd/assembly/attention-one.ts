// Attention of one query alone, as generation asks for it: keys are the lanes, and keys and values are
// read once, as they lie.
import { at, float, int, madd, put, sumLanes, take } from "./common";
import {
  BIAS, BIAS_STEPS, DROPOUT, GROUP, HEAD_DIM, HEADS, KEEP, KEEP_KEYS, KEEP_STEPS, KEY, KEY_DOCUMENTS,
  KEY_STEPS, KEYS, LOG_SUM, TOP, OUTPUT, OUTPUT_STEPS, QUERIES, QUERY, QUERY_DOCUMENTS, QUERY_STEPS, SCALE,
  VALUE, VALUE_DIM, VALUE_STEPS, endKey, firstKey,
} from "./attention-call";
import { lanesAt, placeIn, power4, rowAt, rowStep, scaleLanes } from "./attention-rows";
import { log4 } from "./math";

/** Keys of a tile: their scores are kept until their values are read. */
const TILE: i32 = 512;

/** output and log sum of one query of a head. */
export function attendOne(args: usize, batch: i32, head: i32, query: i32, scratch: usize): void {
  const keys = int(args, KEYS), keyHead = head / int(args, GROUP);
  const row = batch * int(args, HEADS) + head;
  const depth = int(args, HEAD_DIM), width = int(args, VALUE_DIM);
  const q = rowAt(args, QUERY, QUERY_STEPS, batch, head, query);
  const output = rowAt(args, OUTPUT, OUTPUT_STEPS, batch, head, query);
  const k = rowAt(args, KEY, KEY_STEPS, batch, keyHead, 0), kStep = rowStep(args, KEY_STEPS);
  const v = rowAt(args, VALUE, VALUE_STEPS, batch, keyHead, 0), vStep = rowStep(args, VALUE_STEPS);
  const end = endKey(args, query);
  const least: f32 = -3.4028234663852886e38;
  let top: f32 = -Infinity, sum: f32 = 0;
  memory.fill(output, 0, <usize>width << 2);
  for (let key = firstKey(args, query); key < end; key += TILE) {
    const count = min<i32>(TILE, end - key);
    scoreRow(q, k + kStep * key, kStep, depth, count, float(args, SCALE), scratch);
    shapeRow(args, batch, head, query, key, count, scratch);
    const before = top;
    top = highest(scratch, count, top);
    // Where all is hidden so far, any number below infinity makes all powers 0.
    const less = max<f32>(top, least);
    const factor = f32x4.extract_lane(power4(f32x4.splat(before - less)), 0);
    sum = sum * factor + powers(scratch, count, less);
    if (int(args, DROPOUT)) dropRow(args, (row * int(args, QUERIES) + query) * keys + key, count, scratch);
    mixRow(scratch, v + vStep * key, vStep, count, width, factor, output);
  }
  const blind = sum == 0;
  const logSum: f32 = blind ? 0 : f32x4.extract_lane(log4(f32x4.splat(sum)), 0);
  store<f32>(lanesAt(args, TOP, row, query), blind ? Infinity : top);
  store<f32>(lanesAt(args, LOG_SUM, row, query), logSum);
  const by = f32x4.splat(1 / sum);
  for (let d = 0; d < width; d += 4) {
    const to = output + (<usize>d << 2);
    put(to, blind ? f32x4.splat(0) : f32x4.mul(take(to, width - d), by), width - d);
  }
}

/** scores[j] = scale · q · k[j]; what is left of the last four is -infinity. */
function scoreRow(
  q: usize, k: usize, step: usize, depth: i32, count: i32, scale: f32, scores: usize,
): void {
  const by = f32x4.splat(scale);
  for (let j = 0; j < count; j += 4) {
    const left = count - j;
    let k0 = k, k1 = left > 1 ? k0 + step : k0, k2 = left > 2 ? k1 + step : k1;
    let k3 = left > 3 ? k2 + step : k2;
    let a0 = f32x4.splat(0), a1 = a0, a2 = a0, a3 = a0, d = 0, x = q;
    for (; d + 4 <= depth; d += 4) {
      const y = v128.load(x);
      a0 = madd(y, v128.load(k0), a0);
      a1 = madd(y, v128.load(k1), a1);
      a2 = madd(y, v128.load(k2), a2);
      a3 = madd(y, v128.load(k3), a3);
      x += 16; k0 += 16; k1 += 16; k2 += 16; k3 += 16;
    }
    if (d < depth) {
      const y = take(x, depth - d);
      a0 = madd(y, take(k0, depth - d), a0);
      a1 = madd(y, take(k1, depth - d), a1);
      a2 = madd(y, take(k2, depth - d), a2);
      a3 = madd(y, take(k3, depth - d), a3);
    }
    const t0 = f32x4.add(v128.shuffle<f32>(a0, a1, 0, 4, 1, 5), v128.shuffle<f32>(a0, a1, 2, 6, 3, 7));
    const t1 = f32x4.add(v128.shuffle<f32>(a2, a3, 0, 4, 1, 5), v128.shuffle<f32>(a2, a3, 2, 6, 3, 7));
    const sums = f32x4.add(v128.shuffle<i64>(t0, t1, 0, 2), v128.shuffle<i64>(t0, t1, 1, 3));
    const there = i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(left));
    v128.store(scores, v128.bitselect(f32x4.mul(sums, by), f32x4.splat(-Infinity), there));
    scores += 16;
    k += step << 2;
  }
}

/** Adds the bias and hides what the mask's tensors hide; places are seen to before. */
function shapeRow(
  args: usize, batch: i32, head: i32, query: i32, key: i32, count: i32, scores: usize,
): void {
  const keys = int(args, KEYS);
  if (at(args, BIAS)) {
    const step = <usize>int(args, BIAS_STEPS + 3) << 2;
    let from = at(args, BIAS) + (placeIn(args, BIAS_STEPS, batch, head, query, key) << 2);
    for (let j: usize = 0; j < <usize>count; j++) {
      store<f32>(scores + (j << 2), load<f32>(scores + (j << 2)) + load<f32>(from));
      from += step;
    }
  }
  if (at(args, KEEP_KEYS)) hideRow(at(args, KEEP_KEYS) + <usize>(batch * keys + key), 1, count, scores);
  if (at(args, KEEP)) {
    const from = at(args, KEEP) + placeIn(args, KEEP_STEPS, batch, head, query, key);
    hideRow(from, <usize>int(args, KEEP_STEPS + 3), count, scores);
  }
  if (at(args, QUERY_DOCUMENTS)) {
    const own = load<i32>(at(args, QUERY_DOCUMENTS) + (<usize>(batch * int(args, QUERIES) + query) << 2));
    const documents = at(args, KEY_DOCUMENTS) + (<usize>(batch * keys + key) << 2);
    for (let j: usize = 0; j < <usize>count; j++) {
      if (load<i32>(documents + (j << 2)) != own) store<f32>(scores + (j << 2), -Infinity);
    }
  }
}

function hideRow(keep: usize, step: usize, count: i32, scores: usize): void {
  for (let j: usize = 0; j < <usize>count; j++) {
    if (!load<u8>(keep)) store<f32>(scores + (j << 2), -Infinity);
    keep += step;
  }
}

/** The highest score; NaN is passed over here and comes back in the powers. */
function highest(scores: usize, count: i32, top: f32): f32 {
  let most = f32x4.splat(top);
  for (let j = 0; j < count; j += 4) {
    most = f32x4.pmax(most, v128.load(scores));
    scores += 16;
  }
  const two = f32x4.pmax(most, v128.shuffle<i64>(most, most, 1, 0));
  return max<f32>(f32x4.extract_lane(two, 0), f32x4.extract_lane(two, 1));
}

/** Scores to powers of them less the highest, in place; gives their sum. */
function powers(scores: usize, count: i32, top: f32): f32 {
  const less = f32x4.splat(top);
  let sum = f32x4.splat(0);
  for (let j = 0; j < count; j += 4) {
    const x = power4(f32x4.sub(v128.load(scores), less));
    v128.store(scores, x);
    sum = f32x4.add(sum, x);
    scores += 16;
  }
  return sumLanes(sum);
}

function dropRow(args: usize, first: i32, count: i32, weights: usize): void {
  let index = i32x4.add(i32x4.splat(first), i32x4(0, 1, 2, 3));
  for (let j = 0; j < count; j += 4) {
    v128.store(weights, f32x4.mul(v128.load(weights), scaleLanes(args, index)));
    index = i32x4.add(index, i32x4.splat(4));
    weights += 16;
  }
}

/** output = output · factor + Σ_j weights[j] · v[j] */
function mixRow(
  weights: usize, v: usize, step: usize, count: i32, width: i32, factor: f32, output: usize,
): void {
  const by = f32x4.splat(factor);
  let d = 0;
  for (; d + 32 <= width; d += 32) {
    let c0 = f32x4.mul(v128.load(output), by), c1 = f32x4.mul(v128.load(output, 16), by);
    let c2 = f32x4.mul(v128.load(output, 32), by), c3 = f32x4.mul(v128.load(output, 48), by);
    let c4 = f32x4.mul(v128.load(output, 64), by), c5 = f32x4.mul(v128.load(output, 80), by);
    let c6 = f32x4.mul(v128.load(output, 96), by), c7 = f32x4.mul(v128.load(output, 112), by);
    let from = v, w = weights;
    for (let j = 0; j < count; j++) {
      const s = v128.load_splat<f32>(w);
      c0 = madd(s, v128.load(from), c0); c1 = madd(s, v128.load(from, 16), c1);
      c2 = madd(s, v128.load(from, 32), c2); c3 = madd(s, v128.load(from, 48), c3);
      c4 = madd(s, v128.load(from, 64), c4); c5 = madd(s, v128.load(from, 80), c5);
      c6 = madd(s, v128.load(from, 96), c6); c7 = madd(s, v128.load(from, 112), c7);
      from += step;
      w += 4;
    }
    v128.store(output, c0); v128.store(output, c1, 16);
    v128.store(output, c2, 32); v128.store(output, c3, 48);
    v128.store(output, c4, 64); v128.store(output, c5, 80);
    v128.store(output, c6, 96); v128.store(output, c7, 112);
    output += 128;
    v += 128;
  }
  for (; d < width; d += 4) {
    const left = width - d;
    let c = f32x4.mul(take(output, left), by), from = v, w = weights;
    for (let j = 0; j < count; j++) {
      c = madd(v128.load_splat<f32>(w), take(from, left), c);
      from += step;
      w += 4;
    }
    put(output, c, left);
    output += 16;
    v += 16;
  }
}
