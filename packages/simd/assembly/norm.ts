// Layer norm. Rows are short enough to stay in the first cache, so passes after the first cost little.
import { at, float, int, madd, sumLanes } from "./common";

/**
 * y = (x - mean) / √(variance + eps) · gain + bias along rows. Unit u is row u.
 *
 * slots: 0 x, 1 y, 2 gain (0: none), 3 bias (0: none), 4 width, 5 eps
 */
export function layerNorm(args: usize, lo: i32, hi: i32, scratch: usize): void {
  const gain = at(args, 2), bias = at(args, 3), width = int(args, 4), eps = float(args, 5);
  const bytes = <usize>width << 2;
  for (let row = lo; row < hi; row++) {
    const x = at(args, 0) + <usize>row * bytes, y = at(args, 1) + <usize>row * bytes;
    const mean = sum(x, width) / <f32>width;
    spread(x, width, mean, eps, scratch);
    normalise(x, y, gain, bias, width, mean, load<f32>(scratch), load<f32>(scratch, 4));
  }
}

// @ts-ignore: decorator
@inline export function sum(x: usize, width: i32): f32 {
  let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0, j = 0;
  for (; j + 16 <= width; j += 16) {
    s0 = f32x4.add(s0, v128.load(x));
    s1 = f32x4.add(s1, v128.load(x, 16));
    s2 = f32x4.add(s2, v128.load(x, 32));
    s3 = f32x4.add(s3, v128.load(x, 48));
    x += 64;
  }
  for (; j + 4 <= width; j += 4) {
    s0 = f32x4.add(s0, v128.load(x));
    x += 16;
  }
  let total = sumLanes(f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3)));
  for (; j < width; j++) {
    total += load<f32>(x);
    x += 4;
  }
  return total;
}

/**
 * Writes what the mean is short of by rounding, and 1 / √(variance + eps). The deviations are taken
 * from the mean first: E[x²] - E[x]² loses every digit once the mean is large.
 */
function spread(x: usize, width: i32, mean: f32, eps: f32, to: usize): void {
  const m = f32x4.splat(mean);
  let s0 = f32x4.splat(0), s1 = s0, q0 = s0, q1 = s0, j = 0;
  for (; j + 8 <= width; j += 8) {
    const c0 = f32x4.sub(v128.load(x), m), c1 = f32x4.sub(v128.load(x, 16), m);
    s0 = f32x4.add(s0, c0);
    s1 = f32x4.add(s1, c1);
    q0 = madd(c0, c0, q0);
    q1 = madd(c1, c1, q1);
    x += 32;
  }
  if (j + 4 <= width) {
    const c = f32x4.sub(v128.load(x), m);
    s0 = f32x4.add(s0, c);
    q0 = madd(c, c, q0);
    x += 16;
    j += 4;
  }
  let s = sumLanes(f32x4.add(s0, s1)), q = sumLanes(f32x4.add(q0, q1));
  for (; j < width; j++) {
    const c = load<f32>(x) - mean;
    s += c;
    q += c * c;
    x += 4;
  }
  store<f32>(to, s / <f32>width);
  store<f32>(to, inverse(s / <f32>width, q / <f32>width, eps), 4);
}

/** 1 / √(square - rest² + eps) */
// @ts-ignore: decorator
@inline export function inverse(rest: f32, square: f32, eps: f32): f32 {
  // Where the square has overflowed its root's inverse is 0, not infinity less infinity.
  const variance = square < f32.MAX_VALUE ? max<f32>(0, square - rest * rest) : square;
  return <f32>1 / sqrt<f32>(variance + eps);
}

// @ts-ignore: decorator
@inline export function normalise(
  x: usize, y: usize, gain: usize, bias: usize, width: i32, mean: f32, rest: f32, inverse: f32,
): void {
  const m = f32x4.splat(mean), r = f32x4.splat(rest), scale = f32x4.splat(inverse);
  let j = 0;
  for (; j + 4 <= width; j += 4) {
    const offset = <usize>j << 2;
    let v = f32x4.mul(f32x4.sub(f32x4.sub(v128.load(x + offset), m), r), scale);
    if (gain) v = f32x4.mul(v, v128.load(gain + offset));
    if (bias) v = f32x4.add(v, v128.load(bias + offset));
    v128.store(y + offset, v);
  }
  for (; j < width; j++) {
    const offset = <usize>j << 2;
    let v = (load<f32>(x + offset) - mean - rest) * inverse;
    if (gain) v *= load<f32>(gain + offset);
    if (bias) v += load<f32>(bias + offset);
    store<f32>(y + offset, v);
  }
}

/**
 * Gradients of layerNorm; those of gain and bias as sums over each part of the rows, to be added up.
 * Unit u is part u.
 *
 * slots: 0 x, 1 gain (0: none), 2 dy, 3 dx, 4 dGain [parts, width] (0: none), 5 dBias (0: none),
 * 6 rows, 7 width, 8 rows a part, 9 eps
 */
export function layerNormGrad(args: usize, lo: i32, hi: i32, scratch: usize): void {
  const rows = int(args, 6), width = int(args, 7), part = int(args, 8);
  const bytes = <usize>width << 2;
  for (let u = lo; u < hi; u++) {
    const dGain = at(args, 4) ? at(args, 4) + <usize>u * bytes : 0;
    const dBias = at(args, 5) ? at(args, 5) + <usize>u * bytes : 0;
    if (dGain) memory.fill(dGain, 0, bytes);
    if (dBias) memory.fill(dBias, 0, bytes);
    const last = min<i32>(rows, (u + 1) * part);
    for (let row = u * part; row < last; row++) gradRow(args, <usize>row * bytes, dGain, dBias, scratch);
  }
}

/**
 * dx = (d - mean(d) - v · mean(d · v)) / √(variance + eps) with d = dy · gain and v what x was
 * normalised to.
 */
function gradRow(args: usize, offset: usize, dGain: usize, dBias: usize, scratch: usize): void {
  const gain = at(args, 1), width = int(args, 7);
  const x = at(args, 0) + offset, dy = at(args, 2) + offset, dx = at(args, 3) + offset;
  const mean = sum(x, width) / <f32>width;
  spread(x, width, mean, float(args, 9), scratch);
  const rest = load<f32>(scratch), scale = load<f32>(scratch, 4);
  along(x, dy, gain, width, mean, scratch);
  const total = load<f32>(scratch), n = <f32>width;
  // An infinite sum is no better for the correction, and 0 times it would be NaN.
  const correction = abs<f32>(total) < f32.MAX_VALUE ? rest * total : 0;
  const meanD = total / n, meanDv = ((load<f32>(scratch, 4) - correction) * scale) / n;
  const m = f32x4.splat(mean), r = f32x4.splat(rest), s = f32x4.splat(scale);
  const md = f32x4.splat(meanD), mdv = f32x4.splat(meanDv);
  let j = 0;
  for (; j + 4 <= width; j += 4) {
    const at = <usize>j << 2, g = v128.load(dy + at);
    const v = f32x4.mul(f32x4.sub(f32x4.sub(v128.load(x + at), m), r), s);
    const d = gain ? f32x4.mul(g, v128.load(gain + at)) : g;
    v128.store(dx + at, f32x4.mul(f32x4.sub(f32x4.sub(d, md), f32x4.mul(v, mdv)), s));
    if (dGain) v128.store(dGain + at, madd(g, v, v128.load(dGain + at)));
    if (dBias) v128.store(dBias + at, f32x4.add(g, v128.load(dBias + at)));
  }
  for (; j < width; j++) {
    const at = <usize>j << 2, g = load<f32>(dy + at);
    const v = (load<f32>(x + at) - mean - rest) * scale;
    const d = gain ? g * load<f32>(gain + at) : g;
    store<f32>(dx + at, (d - meanD - v * meanDv) * scale);
    if (dGain) store<f32>(dGain + at, load<f32>(dGain + at) + g * v);
    if (dBias) store<f32>(dBias + at, load<f32>(dBias + at) + g);
  }
}

/** Writes Σ d and Σ d · (x - mean) with d = dy · gain. */
function along(x: usize, dy: usize, gain: usize, width: i32, mean: f32, to: usize): void {
  const m = f32x4.splat(mean);
  let s = f32x4.splat(0), q = s, j = 0;
  let s1 = s, q1 = s;
  for (; j + 8 <= width; j += 8) {
    const at = <usize>j << 2;
    let d0 = v128.load(dy + at), d1 = v128.load(dy + at, 16);
    if (gain) {
      d0 = f32x4.mul(d0, v128.load(gain + at));
      d1 = f32x4.mul(d1, v128.load(gain + at, 16));
    }
    s = f32x4.add(s, d0);
    s1 = f32x4.add(s1, d1);
    q = madd(d0, f32x4.sub(v128.load(x + at), m), q);
    q1 = madd(d1, f32x4.sub(v128.load(x + at, 16), m), q1);
  }
  let total = sumLanes(f32x4.add(s, s1)), product = sumLanes(f32x4.add(q, q1));
  for (; j < width; j++) {
    const at = <usize>j << 2;
    const d = gain ? load<f32>(dy + at) * load<f32>(gain + at) : load<f32>(dy + at);
    total += d;
    product += d * (load<f32>(x + at) - mean);
  }
  store<f32>(to, total);
  store<f32>(to, product, 4);
}
