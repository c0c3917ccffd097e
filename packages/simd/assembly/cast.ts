import { at, int } from "./common";
import { toBools } from "./compare";
import { copyBytes } from "./copy";

/** Numbers of a unit. */
const BLOCK: i32 = 2048;

// The casts, as src/kernels/cast.ts numbers them.
const FLOAT_TO_INT: i32 = 0;
const INT_TO_FLOAT: i32 = 1;
const BOOL_TO_FLOAT: i32 = 2;
const BOOL_TO_INT: i32 = 3;
const FLOAT_TO_BOOL: i32 = 4;
const INT_TO_BOOL: i32 = 5;

/**
 * Numbers of another kind. Unit u is numbers 2048 u and after.
 *
 * slots: 0 x, 1 y, 2 count, 3 which cast
 */
export function cast(args: usize, lo: i32, hi: i32, scratch: usize): void {
  const kind = int(args, 3);
  const read: usize = kind == BOOL_TO_FLOAT || kind == BOOL_TO_INT ? 0 : 2;
  const written: usize = kind >= FLOAT_TO_BOOL ? 0 : 2;
  const first = lo * BLOCK, count = min<i32>(hi * BLOCK, int(args, 2)) - first;
  const x = at(args, 0) + (<usize>first << read), y = at(args, 1) + (<usize>first << written);
  const whole = <usize>(count & ~15), left = count & 15;
  many(kind, x, y, y + (whole << written));
  if (!left) return;
  copyBytes(scratch, x + (whole << read), left << <i32>read);
  many(kind, scratch, scratch + 64, scratch + 64 + (<usize>16 << written));
  copyBytes(y + (whole << written), scratch + 64, left << <i32>written);
}

/** Sixteen at a time. */
function many(kind: i32, x: usize, y: usize, end: usize): void {
  if (kind <= INT_TO_FLOAT) {
    for (; y < end; y += 16) {
      const value = v128.load(x);
      v128.store(y, kind == FLOAT_TO_INT ? toInts(value) : f32x4.convert_i32x4_s(value));
      x += 16;
    }
  } else if (kind <= BOOL_TO_INT) {
    for (; y < end; y += 16) {
      const value = widened(v128.load32_zero(x));
      v128.store(y, kind == BOOL_TO_INT ? value : f32x4.convert_i32x4_s(value));
      x += 4;
    }
  } else {
    const zero = i32x4.splat(0);
    for (; y < end; y += 16) {
      let m0 = v128.load(x), m1 = v128.load(x, 16), m2 = v128.load(x, 32), m3 = v128.load(x, 48);
      if (kind == INT_TO_BOOL) {
        m0 = i32x4.ne(m0, zero); m1 = i32x4.ne(m1, zero);
        m2 = i32x4.ne(m2, zero); m3 = i32x4.ne(m3, zero);
      } else {
        m0 = f32x4.ne(m0, zero); m1 = f32x4.ne(m1, zero);
        m2 = f32x4.ne(m2, zero); m3 = f32x4.ne(m3, zero);
      }
      v128.store(y, toBools(m0, m1, m2, m3));
      x += 64;
    }
  }
}

/** Without its fraction; beyond 32 bits the low 32 of them, as JavaScript has it, and 0 for NaN. */
// @ts-ignore: decorator
@inline export function toInts(x: v128): v128 {
  if (v128.any_true(f32x4.ge(f32x4.abs(x), f32x4.splat(2147483648)))) return toLowBits(x);
  return i32x4.trunc_sat_f32x4_s(x);
}

function toLowBits(x: v128): v128 {
  let y = i32x4.splat(lowBits(f32x4.extract_lane(x, 0)));
  y = i32x4.replace_lane(y, 1, lowBits(f32x4.extract_lane(x, 1)));
  y = i32x4.replace_lane(y, 2, lowBits(f32x4.extract_lane(x, 2)));
  return i32x4.replace_lane(y, 3, lowBits(f32x4.extract_lane(x, 3)));
}

function lowBits(x: f32): i32 {
  // From 2^62 on a float32 is a multiple of 2^32; NaN fails the comparison.
  return abs(x) < 4611686018427387904 ? <i32><i64>x : 0;
}

/** The first four bytes as whole numbers. */
// @ts-ignore: decorator
@inline export function widened(bytes: v128): v128 {
  return i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(bytes));
}
