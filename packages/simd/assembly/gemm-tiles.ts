// The loops that nearly all of a product's time is spent in.
import { madd, put, take } from "./common";
import { PANEL } from "./gemm-pack";

/** What a sum begins with. */
export const START_ZERO: i32 = 0;
export const START_BIAS: i32 = 1;
export const START_C: i32 = 2;

/** All rows of one panel, in tiles of four by eight; aTile from tile to tile, all steps in bytes. */
export function panel(
  a: usize, b: usize, c: usize, bias: usize, rows: i32, depth: i32, width: i32,
  aTile: usize, aRow: usize, aDeep: usize, bDeep: usize, cRow: usize, start: i32,
): void {
  if (width == PANEL) {
    const full = rows >> 2;
    // The first numbers of the memory are never handed out and stay zero.
    const from = start == START_BIAS ? bias : 0;
    // Two calls, since a function that is called once is inlined, and this one must not be.
    if (start == START_C) fullTiles(a, b, c, from, full, depth, aTile, aRow, aDeep, bDeep, cRow, 1);
    else fullTiles(a, b, c, from, full, depth, aTile, aRow, aDeep, bDeep, cRow, 0);
    rows &= 3;
    a += aTile * <usize>full;
    c += cRow * <usize>(full << 2);
  }
  const high = width - 4, zero = f32x4.splat(0);
  let b0: v128 = zero, b1: v128 = zero;
  if (start == START_BIAS) {
    b0 = take(bias, width);
    b1 = take(bias + 16, high);
  }
  for (let i = rows; i > 0; i -= 4) {
    // A tile that is not full repeats its last row: the same numbers are written again, and nothing
    // outside is touched.
    const a1 = i > 1 ? aRow : 0, a2 = i > 2 ? aRow * 2 : a1, a3 = i > 3 ? aRow * 3 : a2;
    const c1 = i > 1 ? cRow : 0, c2 = i > 2 ? cRow * 2 : c1, c3 = i > 3 ? cRow * 3 : c2;
    let c00 = b0, c01 = b1, c10 = b0, c11 = b1, c20 = b0, c21 = b1, c30 = b0, c31 = b1;
    if (start == START_C) {
      c00 = take(c, width); c01 = take(c + 16, high);
      c10 = take(c + c1, width); c11 = take(c + c1 + 16, high);
      c20 = take(c + c2, width); c21 = take(c + c2 + 16, high);
      c30 = take(c + c3, width); c31 = take(c + c3 + 16, high);
    }
    let ap = a, bp = b;
    for (let p = 0; p < depth; p++) {
      const x0 = v128.load(bp), x1 = v128.load(bp, 16);
      let s = v128.load_splat<f32>(ap);
      c00 = madd(s, x0, c00); c01 = madd(s, x1, c01);
      s = v128.load_splat<f32>(ap + a1);
      c10 = madd(s, x0, c10); c11 = madd(s, x1, c11);
      s = v128.load_splat<f32>(ap + a2);
      c20 = madd(s, x0, c20); c21 = madd(s, x1, c21);
      s = v128.load_splat<f32>(ap + a3);
      c30 = madd(s, x0, c30); c31 = madd(s, x1, c31);
      bp += bDeep;
      ap += aDeep;
    }
    put(c, c00, width); put(c + 16, c01, high);
    put(c + c1, c10, width); put(c + c1 + 16, c11, high);
    put(c + c2, c20, width); put(c + c2 + 16, c21, high);
    put(c + c3, c30, width); put(c + c3 + 16, c31, high);
    a += aTile;
    c += cRow << 2;
  }
}

/**
 * Tiles of packed rows of a and of two packed panels of b, which lie one after the other, the case that nearly all the time is spent
 * in. By itself, with few values alive in its loop: V8 keeps all of them in registers then.
 */
export function fullPairs(
  a: usize, b: usize, c: usize, first: usize, step: usize, tiles: i32, depth: i32, cRow: usize,
  accumulate: i32,
): void {
  for (; tiles > 0; tiles--) {
    let bp = b;
    for (let half: usize = 0; half < 64; half += 32) {
      let ap = a;
      const from = first + (half & step), to = c + half;
      let c00 = v128.load(from), c01 = v128.load(from, 16);
      let c10 = c00, c11 = c01, c20 = c00, c21 = c01, c30 = c00, c31 = c01;
      if (accumulate) {
        c00 = v128.load(to); c01 = v128.load(to, 16);
        c10 = v128.load(to + cRow); c11 = v128.load(to + cRow, 16);
        c20 = v128.load(to + cRow * 2); c21 = v128.load(to + cRow * 2, 16);
        c30 = v128.load(to + cRow * 3); c31 = v128.load(to + cRow * 3, 16);
      }
      for (let p = 0; p < depth; p++) {
        const x0 = v128.load(bp), x1 = v128.load(bp, 16);
        let s = v128.load_splat<f32>(ap);
        c00 = madd(s, x0, c00); c01 = madd(s, x1, c01);
        s = v128.load_splat<f32>(ap, 4);
        c10 = madd(s, x0, c10); c11 = madd(s, x1, c11);
        s = v128.load_splat<f32>(ap, 8);
        c20 = madd(s, x0, c20); c21 = madd(s, x1, c21);
        s = v128.load_splat<f32>(ap, 12);
        c30 = madd(s, x0, c30); c31 = madd(s, x1, c31);
        bp += 32;
        ap += 16;
      }
      v128.store(to, c00); v128.store(to, c01, 16);
      v128.store(to + cRow, c10); v128.store(to + cRow, c11, 16);
      v128.store(to + cRow * 2, c20); v128.store(to + cRow * 2, c21, 16);
      v128.store(to + cRow * 3, c30); v128.store(to + cRow * 3, c31, 16);
    }
    a += <usize>depth << 4;
    c += cRow << 2;
  }
}

/**
 * Tiles of four rows and eight columns, the case that nearly all the time is spent in. By itself,
 * with few values alive in its loop: V8 keeps all of them in registers then, and runs the same
 * loop 1.4 times as fast as within the general one.
 */
function fullTiles(
  a: usize, b: usize, c: usize, first: usize, tiles: i32, depth: i32,
  aTile: usize, aRow: usize, aDeep: usize, bDeep: usize, cRow: usize, accumulate: i32,
): void {
  for (; tiles > 0; tiles--) {
    let ap = a, bp = b;
    let c00 = v128.load(first), c01 = v128.load(first, 16);
    let c10 = c00, c11 = c01, c20 = c00, c21 = c01, c30 = c00, c31 = c01;
    if (accumulate) {
      c00 = v128.load(c); c01 = v128.load(c, 16);
      c10 = v128.load(c + cRow); c11 = v128.load(c + cRow, 16);
      c20 = v128.load(c + cRow * 2); c21 = v128.load(c + cRow * 2, 16);
      c30 = v128.load(c + cRow * 3); c31 = v128.load(c + cRow * 3, 16);
    }
    for (let p = 0; p < depth; p++) {
      const x0 = v128.load(bp), x1 = v128.load(bp, 16);
      let s = v128.load_splat<f32>(ap);
      c00 = madd(s, x0, c00); c01 = madd(s, x1, c01);
      s = v128.load_splat<f32>(ap + aRow);
      c10 = madd(s, x0, c10); c11 = madd(s, x1, c11);
      s = v128.load_splat<f32>(ap + aRow * 2);
      c20 = madd(s, x0, c20); c21 = madd(s, x1, c21);
      s = v128.load_splat<f32>(ap + aRow * 3);
      c30 = madd(s, x0, c30); c31 = madd(s, x1, c31);
      bp += bDeep;
      ap += aDeep;
    }
    v128.store(c, c00); v128.store(c, c01, 16);
    v128.store(c + cRow, c10); v128.store(c + cRow, c11, 16);
    v128.store(c + cRow * 2, c20); v128.store(c + cRow * 2, c21, 16);
    v128.store(c + cRow * 3, c30); v128.store(c + cRow * 3, c31, 16);
    a += aTile;
    c += cRow << 2;
  }
}
