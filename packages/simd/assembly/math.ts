// Functions of four float32 numbers at once. Each lane's result depends on that lane alone, so a
// number gets the same bits wherever it lies. NaN gives NaN; infinities, overflow and underflow give
// what Math gives, rounded to float32.
import { madd } from "./common";

/** Where the constants below lie: in the first page, which the allocator never hands out. */
const TABLE: usize = 1024;

/**
 * A constant in all lanes. V8 makes a vector constant that finds no register anew wherever it is used,
 * in several instructions; to load it takes one, and these functions about half the time.
 */
// @ts-ignore: decorator
@inline export function constant(slot: i32): v128 {
  return v128.load_splat<u32>(TABLE + (<usize>slot << 2));
}

// Every instance of the module writes the same as it starts, before it may run a kernel.
/** 1.5 · 2^23: adding it rounds a small number to a whole one, in the low bits of the sum. */
const ROUND: i32 = 0;
define(ROUND, 12582912);
const LOG2_E: i32 = 1;
define(LOG2_E, 1.4426950408889634);
/** -ln 2 in two parts; the first has few bits, so that a whole number times it is exact. */
const LN2_HIGH: i32 = 2;
define(LN2_HIGH, -0.693359375);
const LN2_LOW: i32 = 3;
define(LN2_LOW, 2.12194440054690583e-4);
const ONE: i32 = 4;
define(ONE, 1);
/** 127, the exponent of 1, as a whole number. */
const BIAS: i32 = 5;
define(BIAS, reinterpret<f32>(127));
const SIGN: i32 = 6;
define(SIGN, -0.0);
/** Beyond these e^x is infinity or 0, and e^x - 1 is -1. */
const MOST: i32 = 7;
define(MOST, 89);
const LEAST: i32 = 8;
define(LEAST, -104);
const LEAST_EXPM1: i32 = 9;
define(LEAST_EXPM1, -20);

// Polynomials, the highest power first, fitted so that their relative errors are even.
/** (e^x - 1 - x) / x² for |x| ≤ ln 2 / 2 */
const EXPM1: i32 = 10;
define(EXPM1, 0.001388251199387014);
define(EXPM1 + 1, 0.008366580121219158);
define(EXPM1 + 2, 0.04166720062494278);
define(EXPM1 + 3, 0.1666654348373413);
define(EXPM1 + 4, 0.4999999701976776);
/** (ln(1 + x) - x + x²/2) / x³ for x in [-1/3, 1/3], then the -1/2 of -x²/2 */
const LOG: i32 = 15;
define(LOG, -0.1289168745279312);
define(LOG + 1, 0.1398444026708603);
define(LOG + 2, -0.12184261530637741);
define(LOG + 3, 0.14005868136882782);
define(LOG + 4, -0.16680486500263214);
define(LOG + 5, 0.20010405778884888);
define(LOG + 6, -0.24999797344207764);
define(LOG + 7, 0.3333321511745453);
define(LOG + 8, -0.5);
/** -ln(1 - erf x) / x - 1 for x in [0, 4] */
const ERF: i32 = 24;
define(ERF, -9.256246812583413e-6);
define(ERF + 1, 0.00011764113151002675);
define(ERF + 2, -0.0006328364834189415);
define(ERF + 3, 0.0016670268960297108);
define(ERF + 4, -0.00016039573529269546);
define(ERF + 5, -0.019153064116835594);
define(ERF + 6, 0.10277783125638962);
define(ERF + 7, 0.6366193890571594);
define(ERF + 8, 0.12837916612625122);
const FOUR: i32 = 33;
define(FOUR, 4);
const MINUS_TWO: i32 = 34;
define(MINUS_TWO, -2);
const TWO: i32 = 35;
define(TWO, 2);
/** The least normal number, 2^-126. */
const LEAST_NORMAL: i32 = 36;
define(LEAST_NORMAL, 1.17549435e-38);
const TWO_TO_23: i32 = 37;
define(TWO_TO_23, 8388608);
/** The bits of 2/3, of a fraction, and 23, as whole numbers. */
const TWO_THIRDS: i32 = 38;
define(TWO_THIRDS, reinterpret<f32>(0x3f2aaaab));
const FRACTION: i32 = 39;
define(FRACTION, reinterpret<f32>(0x007fffff));
const TWENTY_THREE: i32 = 40;
define(TWENTY_THREE, reinterpret<f32>(23));
const INFINITY: i32 = 41;
define(INFINITY, Infinity);

function define(slot: i32, value: f32): void {
  store<f32>(TABLE + (<usize>slot << 2), value);
}

/** e^x, within 1.1 units in the last place. */
// @ts-ignore: decorator
@inline export function exp4(x: v128): v128 {
  // pmin and pmax let NaN pass where it is their first.
  const bounded = f32x4.pmax(f32x4.pmin(x, constant(MOST)), constant(LEAST));
  const shifted = madd(bounded, constant(LOG2_E), constant(ROUND));
  const n = i32x4.sub(shifted, constant(ROUND));
  const rest = reduced(bounded, f32x4.sub(shifted, constant(ROUND)));
  const power = f32x4.add(expm1Near0(rest), constant(ONE));
  // 2^n in two steps, since n may be beyond the exponents there are.
  const half = i32x4.shr_s(n, 1);
  return f32x4.mul(f32x4.mul(power, powerOf2(half)), powerOf2(i32x4.sub(n, half)));
}

/** e^x - 1 for x ≤ 0, within 1.1 units in the last place also where x is near 0. */
// @ts-ignore: decorator
@inline export function expm1OfNegative4(x: v128): v128 {
  const bounded = f32x4.pmax(x, constant(LEAST_EXPM1));
  const shifted = madd(bounded, constant(LOG2_E), constant(ROUND));
  const rest = reduced(bounded, f32x4.sub(shifted, constant(ROUND)));
  const scale = powerOf2(i32x4.sub(shifted, constant(ROUND)));
  return madd(scale, expm1Near0(rest), f32x4.sub(scale, constant(ONE)));
}

/** The natural logarithm, within 1 unit in the last place; of a negative number NaN. */
// @ts-ignore: decorator
@inline export function log4(x: v128): v128 {
  // Numbers below the least normal one are raised by 2^23 first.
  const tiny = f32x4.lt(x, constant(LEAST_NORMAL));
  const raised = v128.bitselect(f32x4.mul(x, constant(TWO_TO_23)), x, tiny);
  // x = 2^n · (1 + f) with 1 + f in [2/3, 4/3).
  const shifted = i32x4.sub(raised, constant(TWO_THIRDS));
  const n = f32x4.convert_i32x4_s(
    i32x4.sub(i32x4.shr_s(shifted, 23), v128.and(tiny, constant(TWENTY_THREE))),
  );
  const f = f32x4.sub(
    i32x4.add(v128.and(shifted, constant(FRACTION)), constant(TWO_THIRDS)),
    constant(ONE),
  );
  // ln(1 + f) = f - f²/2 + f³ · p(f)
  let p = madd(constant(LOG), f, constant(LOG + 1));
  p = madd(p, f, constant(LOG + 2));
  p = madd(p, f, constant(LOG + 3));
  p = madd(p, f, constant(LOG + 4));
  p = madd(p, f, constant(LOG + 5));
  p = madd(p, f, constant(LOG + 6));
  p = madd(p, f, constant(LOG + 7));
  p = madd(p, f, constant(LOG + 8));
  const low = f32x4.mul(n, constant(LN2_LOW));
  let y = f32x4.sub(f32x4.mul(p, f32x4.mul(f, f)), low);
  y = f32x4.sub(f32x4.add(f, y), f32x4.mul(n, constant(LN2_HIGH)));
  // What no arithmetic above gives: infinity, 0, and the numbers without a logarithm.
  y = v128.bitselect(x, y, f32x4.eq(x, constant(INFINITY)));
  y = v128.bitselect(f32x4.neg(constant(INFINITY)), y, f32x4.eq(x, f32x4.splat(0)));
  return v128.or(y, v128.not(f32x4.ge(x, f32x4.splat(0))));
}

/** The hyperbolic tangent, within 2.5 units in the last place. */
// @ts-ignore: decorator
@inline export function tanh4(x: v128): v128 {
  // tanh |x| = -m / (m + 2) with m = e^(-2|x|) - 1, which loses nothing near 0.
  const m = expm1OfNegative4(f32x4.mul(f32x4.abs(x), constant(MINUS_TWO)));
  return withSignOf(f32x4.div(m, f32x4.add(m, constant(TWO))), x);
}

/** 1 / (1 + e^-x), within 2.2 units in the last place. */
// @ts-ignore: decorator
@inline export function sigmoid4(x: v128): v128 {
  const power = exp4(v128.or(x, constant(SIGN)));
  const above = v128.bitselect(power, constant(ONE), f32x4.lt(x, f32x4.splat(0)));
  return f32x4.div(above, f32x4.add(power, constant(ONE)));
}

/** The error function, within 2 units in the last place. */
// @ts-ignore: decorator
@inline export function erf4(x: v128): v128 {
  // erf t = 1 - e^(-t - t · p(t)) for t ≥ 0; from 4 on it is 1.
  const t = f32x4.pmin(f32x4.abs(x), constant(FOUR));
  let p = madd(constant(ERF), t, constant(ERF + 1));
  p = madd(p, t, constant(ERF + 2));
  p = madd(p, t, constant(ERF + 3));
  p = madd(p, t, constant(ERF + 4));
  p = madd(p, t, constant(ERF + 5));
  p = madd(p, t, constant(ERF + 6));
  p = madd(p, t, constant(ERF + 7));
  p = madd(p, t, constant(ERF + 8));
  return withSignOf(expm1OfNegative4(f32x4.neg(madd(p, t, t))), x);
}

/** The size of the first with the sign of the second. */
// @ts-ignore: decorator
@inline export function withSignOf(size: v128, sign: v128): v128 {
  return v128.bitselect(sign, size, constant(SIGN));
}

/** x - n · ln 2 */
// @ts-ignore: decorator
@inline export function reduced(x: v128, n: v128): v128 {
  return madd(n, constant(LN2_LOW), madd(n, constant(LN2_HIGH), x));
}

/** e^x - 1 for |x| ≤ ln 2 / 2 */
// @ts-ignore: decorator
@inline export function expm1Near0(x: v128): v128 {
  let p = madd(constant(EXPM1), x, constant(EXPM1 + 1));
  p = madd(p, x, constant(EXPM1 + 2));
  p = madd(p, x, constant(EXPM1 + 3));
  p = madd(p, x, constant(EXPM1 + 4));
  return madd(p, f32x4.mul(x, x), x);
}

/** 2^n for whole n in [-126, 127]. */
// @ts-ignore: decorator
@inline export function powerOf2(n: v128): v128 {
  return i32x4.shl(i32x4.add(n, constant(BIAS)), 23);
}
