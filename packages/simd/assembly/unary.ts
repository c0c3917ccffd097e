import { at, float, int } from "./common";
import { copyWords } from "./copy";
import { erf4, exp4, expm1OfNegative4, log4, sigmoid4, tanh4, withSignOf } from "./math";

/** Numbers of a unit. */
const BLOCK: i32 = 1024;

// The operations, as src/kernels/unary.ts numbers them.
const EXP: i32 = 0;
const LOG: i32 = 1;
const TANH: i32 = 2;
const SIGMOID: i32 = 3;
const ERF: i32 = 4;
const RELU: i32 = 5;
const LEAKY_RELU: i32 = 6;
const ELU: i32 = 7;
const SQRT: i32 = 8;
const RSQRT: i32 = 9;
const SQUARE: i32 = 10;
const ABS: i32 = 11;
const NEG: i32 = 12;
const RECIPROCAL: i32 = 13;
const STEP: i32 = 14;
const SIGN: i32 = 15;
const CLIP: i32 = 16;
const FLOOR: i32 = 17;
const CEIL: i32 = 18;
const ROUND: i32 = 19;
const HALF_POWER: i32 = 20;

/**
 * y[i] = operation(x[i]) for float32 numbers. Unit u is numbers 1024 u and after.
 *
 * slots: 0 x, 1 y, 2 count, 3 operation, 4 and 5 its parameters, floats
 */
export function unary(args: usize, lo: i32, hi: i32, scratch: usize): void {
  const first = lo * BLOCK, count = min<i32>(hi * BLOCK, int(args, 2)) - first;
  const x = at(args, 0) + (<usize>first << 2), y = at(args, 1) + (<usize>first << 2);
  const whole = count & ~3;
  many(args, x, y, whole);
  const left = count - whole;
  if (left > 0) {
    // The last few go through scratch, so that nothing beyond them is read or written.
    v128.store(scratch, f32x4.splat(0));
    copyWords(scratch, x + (<usize>whole << 2), left);
    many(args, scratch, scratch, 4);
    copyWords(y + (<usize>whole << 2), scratch, left);
  }
}

function many(args: usize, x: usize, y: usize, count: i32): void {
  const p = f32x4.splat(float(args, 4)), q = f32x4.splat(float(args, 5));
  const end = x + (<usize>count << 2);
  switch (int(args, 3)) {
    case EXP: each(EXP, x, y, end, p, q); break;
    case LOG: each(LOG, x, y, end, p, q); break;
    case TANH: each(TANH, x, y, end, p, q); break;
    case SIGMOID: each(SIGMOID, x, y, end, p, q); break;
    case ERF: each(ERF, x, y, end, p, q); break;
    case RELU: each(RELU, x, y, end, p, q); break;
    case LEAKY_RELU: each(LEAKY_RELU, x, y, end, p, q); break;
    case ELU: each(ELU, x, y, end, p, q); break;
    case SQRT: each(SQRT, x, y, end, p, q); break;
    case RSQRT: each(RSQRT, x, y, end, p, q); break;
    case SQUARE: each(SQUARE, x, y, end, p, q); break;
    case ABS: each(ABS, x, y, end, p, q); break;
    case NEG: each(NEG, x, y, end, p, q); break;
    case RECIPROCAL: each(RECIPROCAL, x, y, end, p, q); break;
    case STEP: each(STEP, x, y, end, p, q); break;
    case SIGN: each(SIGN, x, y, end, p, q); break;
    case CLIP: each(CLIP, x, y, end, p, q); break;
    case FLOOR: each(FLOOR, x, y, end, p, q); break;
    case CEIL: each(CEIL, x, y, end, p, q); break;
    case ROUND: each(ROUND, x, y, end, p, q); break;
    case HALF_POWER: each(HALF_POWER, x, y, end, p, q); break;
  }
}

// @ts-ignore: decorator
@inline export function each(operation: i32, x: usize, y: usize, end: usize, p: v128, q: v128): void {
  while (x < end) {
    v128.store(y, apply(operation, v128.load(x), p, q));
    x += 16;
    y += 16;
  }
}

// @ts-ignore: decorator
@inline export function apply(operation: i32, x: v128, p: v128, q: v128): v128 {
  const zero = f32x4.splat(0), one = f32x4.splat(1);
  if (operation == EXP) return exp4(x);
  if (operation == LOG) return log4(x);
  if (operation == TANH) return tanh4(x);
  if (operation == SIGMOID) return sigmoid4(x);
  if (operation == ERF) return erf4(x);
  // pmin and pmax let NaN pass where it is their first.
  if (operation == RELU) return f32x4.pmax(x, zero);
  if (operation == LEAKY_RELU) return v128.bitselect(f32x4.mul(x, p), x, f32x4.lt(x, zero));
  if (operation == ELU) return v128.bitselect(expm1OfNegative4(x), x, f32x4.lt(x, zero));
  if (operation == SQRT) return f32x4.sqrt(x);
  if (operation == RSQRT) return f32x4.div(one, f32x4.sqrt(x));
  if (operation == SQUARE) return f32x4.mul(x, x);
  if (operation == ABS) return f32x4.abs(x);
  if (operation == NEG) return f32x4.neg(x);
  if (operation == RECIPROCAL) return f32x4.div(one, x);
  if (operation == STEP) {
    const y = v128.bitselect(one, p, f32x4.gt(x, zero));
    return v128.or(y, f32x4.ne(x, x));
  }
  if (operation == SIGN) {
    return v128.and(withSignOf(one, x), v128.or(f32x4.lt(x, zero), f32x4.gt(x, zero)));
  }
  if (operation == CLIP) return f32x4.pmax(f32x4.pmin(x, q), p);
  if (operation == FLOOR) return f32x4.floor(x);
  if (operation == CEIL) return f32x4.ceil(x);
  if (operation == ROUND) return f32x4.nearest(x);
  // A power, not a root: of -0 it is 0, of -infinity infinity.
  const infinity = f32x4.splat(Infinity);
  const root = f32x4.sqrt(f32x4.add(x, zero));
  return v128.bitselect(infinity, root, f32x4.eq(x, f32x4.neg(infinity)));
}
