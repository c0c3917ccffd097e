import { copyBytes, copyWords } from "./copy";

// The comparisons, as src/kernels/compare.ts numbers them; from EQUAL_INT on of whole numbers.
const EQUAL: i32 = 0;
const NOT_EQUAL: i32 = 1;
const GREATER: i32 = 2;
const GREATER_EQUAL: i32 = 3;
const EQUAL_INT: i32 = 4;
const NOT_EQUAL_INT: i32 = 5;
const GREATER_INT: i32 = 6;
const GREATER_EQUAL_INT: i32 = 7;

/** A few numbers of 4 bytes each to as many bools; see the kernel `compare`. */
export function compareBlock(
  operation: i32, a: usize, b: usize, c: usize, aStep: i32, bStep: i32, count: i32, scratch: usize,
): void {
  if (!aStep) a = repeated(scratch, a);
  if (!bStep) b = repeated(scratch + 64, b);
  const whole = count & ~15, left = count & 15;
  if (whole) many(operation, a, b, c, c + <usize>whole, <usize>aStep << 6, <usize>bStep << 6);
  if (!left) return;
  if (aStep) {
    copyWords(scratch, a + (<usize>whole << 2), left);
    a = scratch;
  }
  if (bStep) {
    copyWords(scratch + 64, b + (<usize>whole << 2), left);
    b = scratch + 64;
  }
  many(operation, a, b, scratch + 128, scratch + 144, 0, 0);
  copyBytes(c + <usize>whole, scratch + 128, left);
}

/** One number sixteen times. */
function repeated(to: usize, from: usize): usize {
  const x = v128.load_splat<u32>(from);
  v128.store(to, x);
  v128.store(to, x, 16);
  v128.store(to, x, 32);
  v128.store(to, x, 48);
  return to;
}

function many(operation: i32, a: usize, b: usize, c: usize, end: usize, aNext: usize, bNext: usize): void {
  switch (operation) {
    case EQUAL: each(EQUAL, a, b, c, end, aNext, bNext); break;
    case NOT_EQUAL: each(NOT_EQUAL, a, b, c, end, aNext, bNext); break;
    case GREATER: each(GREATER, a, b, c, end, aNext, bNext); break;
    case GREATER_EQUAL: each(GREATER_EQUAL, a, b, c, end, aNext, bNext); break;
    case EQUAL_INT: each(EQUAL_INT, a, b, c, end, aNext, bNext); break;
    case NOT_EQUAL_INT: each(NOT_EQUAL_INT, a, b, c, end, aNext, bNext); break;
    case GREATER_INT: each(GREATER_INT, a, b, c, end, aNext, bNext); break;
    case GREATER_EQUAL_INT: each(GREATER_EQUAL_INT, a, b, c, end, aNext, bNext); break;
  }
}

// @ts-ignore: decorator
@inline export function each(
  operation: i32, a: usize, b: usize, c: usize, end: usize, aNext: usize, bNext: usize,
): void {
  while (c < end) {
    const m0 = test(operation, v128.load(a), v128.load(b));
    const m1 = test(operation, v128.load(a, 16), v128.load(b, 16));
    const m2 = test(operation, v128.load(a, 32), v128.load(b, 32));
    const m3 = test(operation, v128.load(a, 48), v128.load(b, 48));
    v128.store(c, toBools(m0, m1, m2, m3));
    a += aNext;
    b += bNext;
    c += 16;
  }
}

/** Sixteen lanes, all ones or all zeros, as bools of a byte each. */
// @ts-ignore: decorator
@inline export function toBools(m0: v128, m1: v128, m2: v128, m3: v128): v128 {
  const low = i16x8.narrow_i32x4_s(m0, m1), high = i16x8.narrow_i32x4_s(m2, m3);
  return v128.and(i8x16.narrow_i16x8_s(low, high), i8x16.splat(1));
}

// @ts-ignore: decorator
@inline export function test(operation: i32, a: v128, b: v128): v128 {
  if (operation == EQUAL) return f32x4.eq(a, b);
  if (operation == NOT_EQUAL) return f32x4.ne(a, b);
  if (operation == GREATER) return f32x4.gt(a, b);
  if (operation == GREATER_EQUAL) return f32x4.ge(a, b);
  if (operation == EQUAL_INT) return i32x4.eq(a, b);
  if (operation == NOT_EQUAL_INT) return i32x4.ne(a, b);
  if (operation == GREATER_INT) return i32x4.gt_s(a, b);
  return i32x4.ge_s(a, b);
}
