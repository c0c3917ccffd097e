import { copyBytes } from "./copy";

// The operations, as src/kernels/compare.ts numbers them.
const AND: i32 = 0;
const OR: i32 = 1;
const EQUAL: i32 = 2;
const NOT_EQUAL: i32 = 3;
/** Of a alone. */
const NOT: i32 = 4;

/** A few bools of a byte each; see the kernel `logic`. */
export function logicBlock(
  operation: i32, a: usize, b: usize, c: usize, aStep: i32, bStep: i32, count: i32, scratch: usize,
): void {
  if (!aStep) {
    v128.store(scratch, v128.load_splat<u8>(a));
    a = scratch;
  }
  if (!bStep) {
    v128.store(scratch, v128.load_splat<u8>(b), 16);
    b = scratch + 16;
  }
  const whole = <usize>(count & ~15), left = count & 15;
  const aNext = <usize>aStep << 4, bNext = <usize>bStep << 4;
  for (const end = c + whole; c < end; c += 16) {
    v128.store(c, apply(operation, v128.load(a), v128.load(b)));
    a += aNext;
    b += bNext;
  }
  if (!left) return;
  if (aStep) {
    copyBytes(scratch, a, left);
    a = scratch;
  }
  if (bStep) {
    copyBytes(scratch + 16, b, left);
    b = scratch + 16;
  }
  v128.store(scratch, apply(operation, v128.load(a), v128.load(b)), 32);
  copyBytes(c, scratch + 32, left);
}

function apply(operation: i32, a: v128, b: v128): v128 {
  const zero = i8x16.splat(0);
  let c: v128;
  if (operation == AND) c = v128.and(i8x16.ne(a, zero), i8x16.ne(b, zero));
  else if (operation == OR) c = i8x16.ne(v128.or(a, b), zero);
  else if (operation == EQUAL) c = i8x16.eq(a, b);
  else if (operation == NOT_EQUAL) c = i8x16.ne(a, b);
  else c = i8x16.eq(a, zero);
  return v128.and(c, i8x16.splat(1));
}
