// The operations, as src/kernels/binary.ts numbers them; from ADD_INT on they take whole numbers.
const ADD: i32 = 0;
const SUB: i32 = 1;
const MUL: i32 = 2;
const DIV: i32 = 3;
const MAX: i32 = 4;
const MIN: i32 = 5;
const SQUARED_DIFFERENCE: i32 = 6;
const PRELU: i32 = 7;
const ELU_GRAD: i32 = 8;
const ADD_INT: i32 = 9;
const SUB_INT: i32 = 10;
const MUL_INT: i32 = 11;
const MAX_INT: i32 = 12;
const MIN_INT: i32 = 13;

/** A few numbers of 4 bytes each; see the kernel `binary`. */
export function binaryBlock(
  operation: i32, a: usize, b: usize, c: usize, aStep: i32, bStep: i32, count: i32, scratch: usize,
): void {
  // What repeats is laid out as a vector that is read again and again.
  if (!aStep) {
    v128.store(scratch, v128.load_splat<u32>(a));
    a = scratch;
  }
  if (!bStep) {
    v128.store(scratch, v128.load_splat<u32>(b), 16);
    b = scratch + 16;
  }
  const last = <usize>(count & 3) << 2, end = c + (<usize>count << 2);
  many(operation, a, b, c, end - last, end, <usize>aStep << 4, <usize>bStep << 4);
}

function many(
  operation: i32, a: usize, b: usize, c: usize, whole: usize, end: usize, aNext: usize, bNext: usize,
): void {
  switch (operation) {
    case ADD: each(ADD, a, b, c, whole, end, aNext, bNext); break;
    case SUB: each(SUB, a, b, c, whole, end, aNext, bNext); break;
    case MUL: each(MUL, a, b, c, whole, end, aNext, bNext); break;
    case DIV: each(DIV, a, b, c, whole, end, aNext, bNext); break;
    case MAX: each(MAX, a, b, c, whole, end, aNext, bNext); break;
    case MIN: each(MIN, a, b, c, whole, end, aNext, bNext); break;
    case SQUARED_DIFFERENCE: each(SQUARED_DIFFERENCE, a, b, c, whole, end, aNext, bNext); break;
    case PRELU: each(PRELU, a, b, c, whole, end, aNext, bNext); break;
    case ELU_GRAD: each(ELU_GRAD, a, b, c, whole, end, aNext, bNext); break;
    case ADD_INT: each(ADD_INT, a, b, c, whole, end, aNext, bNext); break;
    case SUB_INT: each(SUB_INT, a, b, c, whole, end, aNext, bNext); break;
    case MUL_INT: each(MUL_INT, a, b, c, whole, end, aNext, bNext); break;
    case MAX_INT: each(MAX_INT, a, b, c, whole, end, aNext, bNext); break;
    case MIN_INT: each(MIN_INT, a, b, c, whole, end, aNext, bNext); break;
  }
}

/** Vectors up to `whole`, then the last few numbers one by one. */
// @ts-ignore: decorator
@inline export function each(
  operation: i32, a: usize, b: usize, c: usize, whole: usize, end: usize, aNext: usize, bNext: usize,
): void {
  while (c < whole) {
    v128.store(c, apply(operation, v128.load(a), v128.load(b)));
    a += aNext;
    b += bNext;
    c += 16;
  }
  while (c < end) {
    v128.store32_lane(c, apply(operation, v128.load32_zero(a), v128.load32_zero(b)), 0);
    a += aNext >> 2;
    b += bNext >> 2;
    c += 4;
  }
}

// @ts-ignore: decorator
@inline export function apply(operation: i32, a: v128, b: v128): v128 {
  if (operation == ADD) return f32x4.add(a, b);
  if (operation == SUB) return f32x4.sub(a, b);
  if (operation == MUL) return f32x4.mul(a, b);
  if (operation == DIV) return f32x4.div(a, b);
  if (operation == MAX) return f32x4.max(a, b);
  if (operation == MIN) return f32x4.min(a, b);
  if (operation == SQUARED_DIFFERENCE) {
    const difference = f32x4.sub(a, b);
    return f32x4.mul(difference, difference);
  }
  if (operation == PRELU) return v128.bitselect(f32x4.mul(a, b), a, f32x4.lt(a, f32x4.splat(0)));
  if (operation == ELU_GRAD) {
    // a is the gradient, b what elu gave.
    const slope = v128.bitselect(f32x4.splat(0), b, f32x4.ge(b, f32x4.splat(0)));
    return f32x4.mul(a, f32x4.add(slope, f32x4.splat(1)));
  }
  if (operation == ADD_INT) return i32x4.add(a, b);
  if (operation == SUB_INT) return i32x4.sub(a, b);
  if (operation == MAX_INT) return i32x4.max_s(a, b);
  if (operation == MIN_INT) return i32x4.min_s(a, b);
  let c = i32x4.splat(product(i32x4.extract_lane(a, 0), i32x4.extract_lane(b, 0)));
  c = i32x4.replace_lane(c, 1, product(i32x4.extract_lane(a, 1), i32x4.extract_lane(b, 1)));
  c = i32x4.replace_lane(c, 2, product(i32x4.extract_lane(a, 2), i32x4.extract_lane(b, 2)));
  return i32x4.replace_lane(c, 3, product(i32x4.extract_lane(a, 3), i32x4.extract_lane(b, 3)));
}

/** As JavaScript has it: a product of doubles, of which the low 32 bits are kept. */
// @ts-ignore: decorator
@inline export function product(a: i32, b: i32): i32 {
  return <i32><i64>(<f64>a * <f64>b);
}
