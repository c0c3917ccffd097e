import { at, float, int, put, take } from "./common";

/** Numbers of a unit. */
const BLOCK: i32 = 1024;

/**
 * y[i] = x[i] times the scale of element i, which is 0 or slot 6. Unit u is numbers 1024 u and after.
 *
 * slots: 0 x, 1 y, 2 count, 3 first key, 4 second key, 5 threshold, without a sign, 6 scale of what
 * is kept, a float
 */
export function dropout(args: usize, lo: i32, hi: i32, scratch: usize): void {
  const x = at(args, 0), y = at(args, 1), end = min<i32>(hi * BLOCK, int(args, 2));
  const firstKey = i32x4.splat(int(args, 3)), secondKey = i32x4.splat(int(args, 4));
  const threshold = i32x4.splat(int(args, 5)), kept = f32x4.splat(float(args, 6));
  let i = lo * BLOCK;
  let index = i32x4.add(i32x4.splat(i), i32x4(0, 1, 2, 3));
  // Multiplied, not selected: so do the references, and infinity that is dropped gives NaN.
  for (; i + 8 <= end; i += 8) {
    const place = <usize>i << 2, next = i32x4.add(index, i32x4.splat(4));
    const a = keptScale4(index, firstKey, secondKey, threshold, kept);
    const b = keptScale4(next, firstKey, secondKey, threshold, kept);
    v128.store(y + place, f32x4.mul(v128.load(x + place), a));
    v128.store(y + place, f32x4.mul(v128.load(x + place, 16), b), 16);
    index = i32x4.add(next, i32x4.splat(4));
  }
  for (; i < end; i += 4) {
    const place = <usize>i << 2, count = end - i;
    const scale = keptScale4(index, firstKey, secondKey, threshold, kept);
    put(y + place, f32x4.mul(take(x + place, count), scale), count);
    index = i32x4.add(index, i32x4.splat(4));
  }
}

/** For four elements by index: kept, or 0 where they are dropped. See randomBits of @tx/ops. */
// @ts-ignore: decorator
@inline export function keptScale4(
  index: v128, firstKey: v128, secondKey: v128, threshold: v128, kept: v128,
): v128 {
  const bits = mix4(i32x4.add(mix4(v128.xor(index, firstKey)), secondKey));
  return v128.and(i32x4.ge_u(bits, threshold), kept);
}

// @ts-ignore: decorator
@inline export function mix4(x: v128): v128 {
  let bits = i32x4.mul(v128.xor(x, i32x4.shr_u(x, 16)), i32x4.splat(0x21f0aaad));
  bits = i32x4.mul(v128.xor(bits, i32x4.shr_u(bits, 15)), i32x4.splat(0x735a2d97));
  return v128.xor(bits, i32x4.shr_u(bits, 15));
}
