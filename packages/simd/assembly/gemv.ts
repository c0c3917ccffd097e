// Products whose left side has few rows, as when one token is decoded: b is read once, where it lies.
import { at, int, madd, put, sumLanes, take } from "./common";
import { finish } from "./epilogue";

/** Columns of a unit where b is stored by rows. */
const WIDE: i32 = 32;
/** Columns at a time: four rows of b and one of c stay in the first cache. */
const RUN: i32 = 1024;
/** Columns of a unit where b is stored by columns. */
const NARROW: i32 = 4;

/**
 * c = activation(a · b (+ bias)) as gemm, with its slots, for b stored by rows (its step by column is
 * 1). Unit u is 32 columns of one product. Each number of c is one sum in the order of the inner
 * axis, as gemm has it.
 */
export function gemvRows(args: usize, lo: i32, hi: i32, scratch: usize): void {
  const n = int(args, 6), units = int(args, 12);
  while (lo < hi) {
    const product = lo / units;
    const first = lo - product * units;
    const last = min<i32>(units, first + hi - lo);
    const j1 = min<i32>(n, last * WIDE);
    for (let j = first * WIDE; j < j1; j += RUN) byRows(args, product, j, min<i32>(RUN, j1 - j));
    lo += last - first;
  }
}

function byRows(args: usize, product: i32, j: i32, width: i32): void {
  const m = int(args, 4), k = int(args, 5), bias = at(args, 3);
  const aRow = <usize>int(args, 7) << 2, aDeep = <usize>int(args, 8) << 2;
  const bDeep = <usize>int(args, 9) << 2, cRow = <usize>int(args, 11) << 2;
  const a = at(args, 0) + (<usize>(product * int(args, 14)) << 2);
  const b = at(args, 1) + (<usize>(product * int(args, 15) + j) << 2);
  const c = at(args, 2) + (<usize>(product * int(args, 16) + j) << 2);
  const bytes = <usize>width << 2;
  if (!int(args, 17)) {
    for (let i = 0; i < m; i++) {
      const to = c + <usize>i * cRow;
      if (bias) memory.copy(to, bias + (<usize>j << 2), bytes);
      else memory.fill(to, 0, bytes);
    }
  }
  let p = 0;
  for (; p + 4 <= k; p += 4) {
    for (let i = 0; i < m; i++) {
      const x = a + <usize>i * aRow + <usize>p * aDeep;
      fourRows(x, aDeep, b + <usize>p * bDeep, bDeep, c + <usize>i * cRow, width);
    }
  }
  for (; p < k; p++) {
    for (let i = 0; i < m; i++) {
      const s = v128.load_splat<f32>(a + <usize>i * aRow + <usize>p * aDeep);
      const from = b + <usize>p * bDeep, to = c + <usize>i * cRow;
      for (let q = 0; q < width; q += 4) {
        const offset = <usize>q << 2, left = width - q;
        put(to + offset, madd(s, take(from + offset, left), take(to + offset, left)), left);
      }
    }
  }
  finish(args, c, m, width);
}

/** Adds four rows of b, each times a number of a, to a row of c. */
function fourRows(a: usize, aDeep: usize, b: usize, bDeep: usize, c: usize, width: i32): void {
  const s0 = v128.load_splat<f32>(a), s1 = v128.load_splat<f32>(a + aDeep);
  const s2 = v128.load_splat<f32>(a + aDeep * 2), s3 = v128.load_splat<f32>(a + aDeep * 3);
  const b1 = bDeep, b2 = bDeep * 2, b3 = bDeep * 3;
  let q = 0;
  for (; q + 8 <= width; q += 8) {
    let x0 = madd(s0, v128.load(b), v128.load(c)), x1 = madd(s0, v128.load(b, 16), v128.load(c, 16));
    x0 = madd(s1, v128.load(b + b1), x0);
    x1 = madd(s1, v128.load(b + b1, 16), x1);
    x0 = madd(s2, v128.load(b + b2), x0);
    x1 = madd(s2, v128.load(b + b2, 16), x1);
    v128.store(c, madd(s3, v128.load(b + b3), x0));
    v128.store(c, madd(s3, v128.load(b + b3, 16), x1), 16);
    b += 32;
    c += 32;
  }
  for (; q < width; q += 4) {
    const left = width - q;
    let x = madd(s0, take(b, left), take(c, left));
    x = madd(s1, take(b + b1, left), x);
    x = madd(s2, take(b + b2, left), x);
    put(c, madd(s3, take(b + b3, left), x), left);
    b += 16;
    c += 16;
  }
}

/**
 * The same for a stored by rows and b by columns (their steps along the inner axis are 1). Unit u is
 * 4 columns of one product; each number of c is the sum of eight sums, or of what is left of them.
 */
export function gemvColumns(args: usize, lo: i32, hi: i32, scratch: usize): void {
  const m = int(args, 4), k = int(args, 5), n = int(args, 6), units = int(args, 12);
  const aRow = <usize>int(args, 7) << 2, bColumn = <usize>int(args, 10) << 2;
  const cRow = <usize>int(args, 11) << 2;
  for (let unit = lo; unit < hi; unit++) {
    const product = unit / units;
    const j = (unit - product * units) * NARROW, width = min<i32>(NARROW, n - j);
    const a = at(args, 0) + (<usize>(product * int(args, 14)) << 2);
    const b = at(args, 1) + (<usize>(product * int(args, 15)) << 2) + <usize>j * bColumn;
    const c = at(args, 2) + (<usize>(product * int(args, 16) + j) << 2);
    const bias = at(args, 3) ? take(at(args, 3) + (<usize>j << 2), width) : f32x4.splat(0);
    for (let i = 0; i < m; i++) {
      const to = c + <usize>i * cRow;
      const start = int(args, 17) ? take(to, width) : bias;
      put(to, f32x4.add(start, fourDots(a + <usize>i * aRow, b, bColumn, k, width)), width);
    }
    finish(args, c, m, width);
  }
}

/** a · b for up to four columns of b; columns beyond the last repeat it. */
function fourDots(a: usize, b: usize, column: usize, k: i32, width: i32): v128 {
  const b1 = width > 1 ? column : 0, b2 = width > 2 ? column * 2 : b1, b3 = width > 3 ? column * 3 : b2;
  const zero = f32x4.splat(0);
  let y0 = zero, y1 = zero, y2 = zero, y3 = zero, z0 = zero, z1 = zero, z2 = zero, z3 = zero;
  let p = 0;
  for (; p + 8 <= k; p += 8) {
    const x0 = v128.load(a), x1 = v128.load(a, 16);
    y0 = madd(x0, v128.load(b), y0);
    y1 = madd(x0, v128.load(b + b1), y1);
    y2 = madd(x0, v128.load(b + b2), y2);
    y3 = madd(x0, v128.load(b + b3), y3);
    z0 = madd(x1, v128.load(b, 16), z0);
    z1 = madd(x1, v128.load(b + b1, 16), z1);
    z2 = madd(x1, v128.load(b + b2, 16), z2);
    z3 = madd(x1, v128.load(b + b3, 16), z3);
    a += 32;
    b += 32;
  }
  for (; p < k; p += 4) {
    const left = k - p, x = take(a, left);
    y0 = madd(x, take(b, left), y0);
    y1 = madd(x, take(b + b1, left), y1);
    y2 = madd(x, take(b + b2, left), y2);
    y3 = madd(x, take(b + b3, left), y3);
    a += 16;
    b += 16;
  }
  let y = f32x4.splat(sumLanes(f32x4.add(y0, z0)));
  y = f32x4.replace_lane(y, 1, sumLanes(f32x4.add(y1, z1)));
  y = f32x4.replace_lane(y, 2, sumLanes(f32x4.add(y2, z2)));
  return f32x4.replace_lane(y, 3, sumLanes(f32x4.add(y3, z3)));
}
