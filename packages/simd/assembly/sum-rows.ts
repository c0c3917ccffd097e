import { at, int, put, take } from "./common";

/** Columns of a unit: eight sums of four. */
const WIDE: i32 = 32;

/**
 * y[j] = Σ x[i, j] over all rows, in their order. Unit u is columns 32 u and after.
 *
 * slots: 0 x, 1 y, 2 rows, 3 width
 */
export function sumColumns(args: usize, lo: i32, hi: i32, scratch: usize): void {
  const width = int(args, 3);
  sum(at(args, 0), at(args, 1), int(args, 2), width, lo * WIDE, min<i32>(width, hi * WIDE));
}

/**
 * y[u, j] = Σ x[i, j] over the rows of part u, in their order. Unit u is a part.
 *
 * slots: 0 x, 1 y, 2 rows, 3 width, 4 rows a part
 */
export function sumParts(args: usize, lo: i32, hi: i32, scratch: usize): void {
  const rows = int(args, 2), width = int(args, 3), part = int(args, 4);
  for (let u = lo; u < hi; u++) {
    const x = at(args, 0) + (<usize>(u * part * width) << 2);
    const y = at(args, 1) + (<usize>(u * width) << 2);
    sum(x, y, min<i32>(part, rows - u * part), width, 0, width);
  }
}

function sum(x: usize, y: usize, rows: i32, width: i32, j0: i32, j1: i32): void {
  const step = <usize>width << 2, zero = f32x4.splat(0);
  let j = j0;
  for (; j + WIDE <= j1; j += WIDE) {
    let s0 = zero, s1 = zero, s2 = zero, s3 = zero, s4 = zero, s5 = zero, s6 = zero, s7 = zero;
    let from = x + (<usize>j << 2);
    for (let i = 0; i < rows; i++) {
      s0 = f32x4.add(s0, v128.load(from));
      s1 = f32x4.add(s1, v128.load(from, 16));
      s2 = f32x4.add(s2, v128.load(from, 32));
      s3 = f32x4.add(s3, v128.load(from, 48));
      s4 = f32x4.add(s4, v128.load(from, 64));
      s5 = f32x4.add(s5, v128.load(from, 80));
      s6 = f32x4.add(s6, v128.load(from, 96));
      s7 = f32x4.add(s7, v128.load(from, 112));
      from += step;
    }
    const to = y + (<usize>j << 2);
    v128.store(to, s0);
    v128.store(to, s1, 16);
    v128.store(to, s2, 32);
    v128.store(to, s3, 48);
    v128.store(to, s4, 64);
    v128.store(to, s5, 80);
    v128.store(to, s6, 96);
    v128.store(to, s7, 112);
  }
  for (; j < j1; j += 4) {
    let s = zero, from = x + (<usize>j << 2);
    for (let i = 0; i < rows; i++) {
      s = f32x4.add(s, take(from, j1 - j));
      from += step;
    }
    put(y + (<usize>j << 2), s, j1 - j);
  }
}
