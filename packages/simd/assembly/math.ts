// Functions of four float32 numbers at once. Each lane's result depends on that lane alone, so a
// number gets the same bits wherever it lies. NaN gives NaN; infinities, overflow and underflow give
// what Math gives, rounded to float32.
import { madd } from "./common";

/** 1.5 · 2^23: adding it rounds a small number to a whole one, in the low bits of the sum. */
const ROUND: f32 = 12582912;
const LOG2_E: f32 = 1.4426950408889634;
/** ln 2 in two parts; the first has few bits, so that a whole number times it is exact. */
const LN2_HIGH: f32 = 0.693359375;
const LN2_LOW: f32 = -2.12194440054690583e-4;

/** e^x, within 1.1 units in the last place. */
// @ts-ignore: decorator
@inline export function exp4(x: v128): v128 {
  // Beyond these the result is infinity or 0; pmin and pmax let NaN pass.
  const bounded = f32x4.pmax(f32x4.pmin(x, f32x4.splat(89)), f32x4.splat(-104));
  const shifted = madd(bounded, f32x4.splat(LOG2_E), f32x4.splat(ROUND));
  const n = i32x4.sub(shifted, f32x4.splat(ROUND));
  const rest = reduced(bounded, f32x4.sub(shifted, f32x4.splat(ROUND)));
  const power = f32x4.add(f32x4.splat(1), expm1Near0(rest));
  // 2^n in two steps, since n may be beyond the exponents there are.
  const half = i32x4.shr_s(n, 1);
  return f32x4.mul(f32x4.mul(power, powerOf2(half)), powerOf2(i32x4.sub(n, half)));
}

/** e^x - 1 for x ≤ 0, within 1.1 units in the last place also where x is near 0. */
// @ts-ignore: decorator
@inline export function expm1OfNegative4(x: v128): v128 {
  // Below this the result is -1.
  const bounded = f32x4.pmax(x, f32x4.splat(-20));
  const shifted = madd(bounded, f32x4.splat(LOG2_E), f32x4.splat(ROUND));
  const rest = reduced(bounded, f32x4.sub(shifted, f32x4.splat(ROUND)));
  const scale = powerOf2(i32x4.sub(shifted, f32x4.splat(ROUND)));
  return madd(scale, expm1Near0(rest), f32x4.sub(scale, f32x4.splat(1)));
}

/** The natural logarithm, within 1 unit in the last place; of a negative number NaN. */
// @ts-ignore: decorator
@inline export function log4(x: v128): v128 {
  // Numbers below the least normal one, 2^-126, are raised by 2^23 first.
  const tiny = f32x4.lt(x, f32x4.splat(1.17549435e-38));
  const raised = v128.bitselect(f32x4.mul(x, f32x4.splat(8388608)), x, tiny);
  // x = 2^n · (1 + f) with 1 + f in [2/3, 4/3).
  const shifted = i32x4.sub(raised, i32x4.splat(0x3f2aaaab));
  const n = f32x4.convert_i32x4_s(
    i32x4.sub(i32x4.shr_s(shifted, 23), v128.and(tiny, i32x4.splat(23))),
  );
  const f = f32x4.sub(
    i32x4.add(v128.and(shifted, i32x4.splat(0x007fffff)), i32x4.splat(0x3f2aaaab)),
    f32x4.splat(1),
  );
  // ln(1 + f) = f - f²/2 + f³ · p(f)
  let p = madd(f32x4.splat(-0.1289168745279312), f, f32x4.splat(0.1398444026708603));
  p = madd(p, f, f32x4.splat(-0.12184261530637741));
  p = madd(p, f, f32x4.splat(0.14005868136882782));
  p = madd(p, f, f32x4.splat(-0.16680486500263214));
  p = madd(p, f, f32x4.splat(0.20010405778884888));
  p = madd(p, f, f32x4.splat(-0.24999797344207764));
  p = madd(p, f, f32x4.splat(0.3333321511745453));
  const square = f32x4.mul(f, f);
  let y = madd(p, f, f32x4.splat(-0.5));
  y = madd(y, square, f32x4.mul(n, f32x4.splat(LN2_LOW)));
  y = madd(n, f32x4.splat(LN2_HIGH), f32x4.add(f, y));
  // What no arithmetic above gives: infinity, 0, and the numbers without a logarithm.
  const infinity = f32x4.splat(Infinity);
  y = v128.bitselect(infinity, y, f32x4.eq(x, infinity));
  y = v128.bitselect(f32x4.splat(-Infinity), y, f32x4.eq(x, f32x4.splat(0)));
  return v128.or(y, v128.not(f32x4.ge(x, f32x4.splat(0))));
}

/** The hyperbolic tangent, within 2.5 units in the last place. */
// @ts-ignore: decorator
@inline export function tanh4(x: v128): v128 {
  // tanh |x| = -m / (m + 2) with m = e^(-2|x|) - 1, which loses nothing near 0.
  const m = expm1OfNegative4(f32x4.mul(f32x4.abs(x), f32x4.splat(-2)));
  return withSignOf(f32x4.div(m, f32x4.add(m, f32x4.splat(2))), x);
}

/** 1 / (1 + e^-x), within 2.2 units in the last place. */
// @ts-ignore: decorator
@inline export function sigmoid4(x: v128): v128 {
  const one = f32x4.splat(1);
  const power = exp4(f32x4.neg(f32x4.abs(x)));
  const above = v128.bitselect(power, one, f32x4.lt(x, f32x4.splat(0)));
  return f32x4.div(above, f32x4.add(one, power));
}

/** The error function, within 2 units in the last place. */
// @ts-ignore: decorator
@inline export function erf4(x: v128): v128 {
  // erf t = 1 - e^(-t - t · p(t)) for t ≥ 0; from 4 on it is 1.
  const t = f32x4.pmin(f32x4.abs(x), f32x4.splat(4));
  let p = madd(f32x4.splat(-9.256246812583413e-6), t, f32x4.splat(0.00011764113151002675));
  p = madd(p, t, f32x4.splat(-0.0006328364834189415));
  p = madd(p, t, f32x4.splat(0.0016670268960297108));
  p = madd(p, t, f32x4.splat(-0.00016039573529269546));
  p = madd(p, t, f32x4.splat(-0.019153064116835594));
  p = madd(p, t, f32x4.splat(0.10277783125638962));
  p = madd(p, t, f32x4.splat(0.6366193890571594));
  p = madd(p, t, f32x4.splat(0.12837916612625122));
  return withSignOf(expm1OfNegative4(f32x4.neg(madd(p, t, t))), x);
}

/** The size of the first with the sign of the second. */
// @ts-ignore: decorator
@inline export function withSignOf(size: v128, sign: v128): v128 {
  return v128.bitselect(sign, size, i32x4.splat(0x80000000));
}

/** x - n · ln 2 */
// @ts-ignore: decorator
@inline function reduced(x: v128, n: v128): v128 {
  return madd(n, f32x4.splat(-LN2_LOW), madd(n, f32x4.splat(-LN2_HIGH), x));
}

/** e^x - 1 for |x| ≤ ln 2 / 2: x + x² · p(x), p fitted so that the error is even. */
// @ts-ignore: decorator
@inline function expm1Near0(x: v128): v128 {
  let p = madd(f32x4.splat(0.001388251199387014), x, f32x4.splat(0.008366580121219158));
  p = madd(p, x, f32x4.splat(0.04166720062494278));
  p = madd(p, x, f32x4.splat(0.1666654348373413));
  p = madd(p, x, f32x4.splat(0.4999999701976776));
  return madd(p, f32x4.mul(x, x), x);
}

/** 2^n for whole n in [-126, 127]. */
// @ts-ignore: decorator
@inline function powerOf2(n: v128): v128 {
  return i32x4.shl(i32x4.add(n, i32x4.splat(127)), 23);
}
