// RMS norm: two passes over rows that stay in the first cache.
import { at, float, int, madd, sumLanes } from "./common";

/**
 * y = x / √(mean(x²) + eps) · gain along rows. Unit u is row u.
 *
 * slots: 0 x, 1 y, 2 gain (0: none), 3 width, 4 eps
 */
export function rmsNorm(args: usize, lo: i32, hi: i32, scratch: usize): void {
  const gain = at(args, 2), width = int(args, 3), eps = float(args, 4);
  const bytes = <usize>width << 2;
  for (let row = lo; row < hi; row++) {
    const x = at(args, 0) + <usize>row * bytes, y = at(args, 1) + <usize>row * bytes;
    const scale = <f32>1 / sqrt<f32>(dot(x, x, 0, width) / <f32>width + eps), s = f32x4.splat(scale);
    let j = 0;
    for (; j + 4 <= width; j += 4) {
      const offset = <usize>j << 2;
      const v = f32x4.mul(v128.load(x + offset), s);
      v128.store(y + offset, gain ? f32x4.mul(v, v128.load(gain + offset)) : v);
    }
    for (; j < width; j++) {
      const offset = <usize>j << 2;
      const v = load<f32>(x + offset) * scale;
      store<f32>(y + offset, gain ? v * load<f32>(gain + offset) : v);
    }
  }
}

/**
 * Gradients of rmsNorm; that of the gain as sums over each part of the rows, to be added up. Unit u
 * is part u.
 *
 * slots: 0 x, 1 gain (0: none), 2 dy, 3 dx, 4 dGain [parts, width] (0: none), 5 rows, 6 width,
 * 7 rows a part, 8 eps
 */
export function rmsNormGrad(args: usize, lo: i32, hi: i32, scratch: usize): void {
  const rows = int(args, 5), width = int(args, 6), part = int(args, 7);
  const bytes = <usize>width << 2;
  for (let u = lo; u < hi; u++) {
    const dGain = at(args, 4) ? at(args, 4) + <usize>u * bytes : 0;
    if (dGain) memory.fill(dGain, 0, bytes);
    const last = min<i32>(rows, (u + 1) * part);
    for (let row = u * part; row < last; row++) gradRow(args, <usize>row * bytes, dGain);
  }
}

/** dx = (d - v · mean(d · v)) / √(mean(x²) + eps) with d = dy · gain and v what x was scaled to. */
function gradRow(args: usize, offset: usize, dGain: usize): void {
  const gain = at(args, 1), width = int(args, 6);
  const x = at(args, 0) + offset, dy = at(args, 2) + offset, dx = at(args, 3) + offset;
  const n = <f32>width;
  const scale = <f32>1 / sqrt<f32>(dot(x, x, 0, width) / n + float(args, 8));
  const mean = (dot(dy, x, gain, width) / n) * scale;
  const s = f32x4.splat(scale), m = f32x4.splat(mean);
  let j = 0;
  for (; j + 4 <= width; j += 4) {
    const at = <usize>j << 2, g = v128.load(dy + at), v = f32x4.mul(v128.load(x + at), s);
    const d = gain ? f32x4.mul(g, v128.load(gain + at)) : g;
    v128.store(dx + at, f32x4.mul(f32x4.sub(d, f32x4.mul(v, m)), s));
    if (dGain) v128.store(dGain + at, madd(g, v, v128.load(dGain + at)));
  }
  for (; j < width; j++) {
    const at = <usize>j << 2, g = load<f32>(dy + at), v = load<f32>(x + at) * scale;
    const d = gain ? g * load<f32>(gain + at) : g;
    store<f32>(dx + at, (d - v * mean) * scale);
    if (dGain) store<f32>(dGain + at, load<f32>(dGain + at) + g * v);
  }
}

/** Σ a · b · c; c may be 0 for none. */
function dot(a: usize, b: usize, c: usize, width: i32): f32 {
  let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0, j = 0;
  for (; j + 16 <= width; j += 16) {
    const at = <usize>j << 2;
    s0 = madd(factor(a + at, c ? c + at : 0), v128.load(b + at), s0);
    s1 = madd(factor(a + at + 16, c ? c + at + 16 : 0), v128.load(b + at, 16), s1);
    s2 = madd(factor(a + at + 32, c ? c + at + 32 : 0), v128.load(b + at, 32), s2);
    s3 = madd(factor(a + at + 48, c ? c + at + 48 : 0), v128.load(b + at, 48), s3);
  }
  for (; j + 4 <= width; j += 4) {
    const at = <usize>j << 2;
    s0 = madd(factor(a + at, c ? c + at : 0), v128.load(b + at), s0);
  }
  let total = sumLanes(f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3)));
  for (; j < width; j++) {
    const at = <usize>j << 2;
    total += (c ? load<f32>(a + at) * load<f32>(c + at) : load<f32>(a + at)) * load<f32>(b + at);
  }
  return total;
}

// @ts-ignore: decorator
@inline export function factor(a: usize, c: usize): v128 {
  return c ? f32x4.mul(v128.load(a), v128.load(c)) : v128.load(a);
}
