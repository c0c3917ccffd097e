import { at, take } from "./common";

/**
 * Sums of squares in float64: of unit u the numbers that line u of the table names.
 *
 * slots: 0 table, address and count a unit, 1 sums, a float64 a unit
 */
export function sumSquares(args: usize, lo: i32, hi: i32, scratch: usize): void {
  for (let unit = lo; unit < hi; unit++) {
    const line = at(args, 0) + (<usize>unit << 3);
    store<f64>(at(args, 1) + (<usize>unit << 3), squares(load<u32>(line), load<i32>(line, 4)));
  }
}

function squares(x: usize, count: i32): f64 {
  let s0 = f64x2.splat(0), s1 = s0, s2 = s0, s3 = s0;
  for (; count >= 8; count -= 8) {
    const a = v128.load(x), b = v128.load(x, 16);
    s0 = plusSquare(s0, f64x2.promote_low_f32x4(a));
    s1 = plusSquare(s1, high(a));
    s2 = plusSquare(s2, f64x2.promote_low_f32x4(b));
    s3 = plusSquare(s3, high(b));
    x += 32;
  }
  for (; count > 0; count -= 4) {
    const a = take(x, count);
    s0 = plusSquare(s0, f64x2.promote_low_f32x4(a));
    s1 = plusSquare(s1, high(a));
    x += 16;
  }
  const s = f64x2.add(f64x2.add(s0, s2), f64x2.add(s1, s3));
  return f64x2.extract_lane(s, 0) + f64x2.extract_lane(s, 1);
}

// @ts-ignore: decorator
@inline export function high(x: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<i64>(x, x, 1, 1));
}

// @ts-ignore: decorator
@inline export function plusSquare(sum: v128, x: v128): v128 {
  return f64x2.add(sum, f64x2.mul(x, x));
}
