import { at, int, put } from "./common";
import { exp4 } from "./math";

/**
 * The softmax of each row. Unit u is row u.
 *
 * slots: 0 x, 1 y, 2 numbers a row
 */
export function softmax(args: usize, lo: i32, hi: i32, scratch: usize): void {
  const count = int(args, 2), bytes = <usize>count << 2;
  const whole = <usize>(count & ~3) << 2, left = count & 3;
  for (let row = lo; row < hi; row++) {
    const x = at(args, 0) + <usize>row * bytes, y = at(args, 1) + <usize>row * bytes;
    // The last few, then numbers that weigh nothing.
    let last = f32x4.splat(-Infinity);
    if (left > 0) last = v128.load32_lane(x + whole, last, 0);
    if (left > 1) last = v128.load32_lane(x + whole, last, 1, 4);
    if (left > 2) last = v128.load32_lane(x + whole, last, 2, 8);
    const top = f32x4.splat(largest(x, whole, last));
    let sum = f32x4.splat(0), sum1 = sum;
    if (left) {
      last = exp4(f32x4.sub(last, top));
      sum = last;
    }
    let i: usize = 0;
    for (; i + 32 <= whole; i += 32) {
      const e0 = exp4(f32x4.sub(v128.load(x + i), top));
      const e1 = exp4(f32x4.sub(v128.load(x + i, 16), top));
      sum = f32x4.add(sum, e0);
      sum1 = f32x4.add(sum1, e1);
      v128.store(y + i, e0);
      v128.store(y + i, e1, 16);
    }
    if (i < whole) {
      const e0 = exp4(f32x4.sub(v128.load(x + i), top));
      sum = f32x4.add(sum, e0);
      v128.store(y + i, e0);
    }
    sum = f32x4.add(sum, sum1);
    sum = f32x4.add(sum, v128.shuffle<f32>(sum, sum, 2, 3, 0, 1));
    sum = f32x4.add(sum, v128.shuffle<f32>(sum, sum, 1, 0, 3, 2));
    const share = f32x4.div(f32x4.splat(1), sum);
    for (i = 0; i < whole; i += 16) v128.store(y + i, f32x4.mul(v128.load(y + i), share));
    if (left) put(y + whole, f32x4.mul(last, share), left);
  }
}

/** Without NaN, which makes the whole row NaN in any case. */
function largest(x: usize, bytes: usize, first: v128): f32 {
  let m0 = first, m1 = first, m2 = first, m3 = first;
  const end = x + bytes;
  for (; x + 64 <= end; x += 64) {
    m0 = f32x4.pmax(m0, v128.load(x));
    m1 = f32x4.pmax(m1, v128.load(x, 16));
    m2 = f32x4.pmax(m2, v128.load(x, 32));
    m3 = f32x4.pmax(m3, v128.load(x, 48));
  }
  for (; x < end; x += 16) m0 = f32x4.pmax(m0, v128.load(x));
  m0 = f32x4.pmax(f32x4.pmax(m0, m1), f32x4.pmax(m2, m3));
  m0 = f32x4.pmax(m0, v128.shuffle<f32>(m0, m0, 2, 3, 0, 1));
  return f32x4.extract_lane(f32x4.pmax(m0, v128.shuffle<f32>(m0, m0, 1, 0, 3, 2)), 0);
}
