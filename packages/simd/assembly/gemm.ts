import { at, float, int, madd, put, take } from "./common";
import { activatePanel } from "./epilogue";

/** Columns of a panel. */
const PANEL: i32 = 8;
/** Most of the inner axis at a time: a panel of it (16 kB) and four rows of a stay in the first cache. */
const DEPTH: i32 = 512;
/** Bytes of the scratch memory that a packed panel of b takes; the rest may hold packed rows of a. */
const PANEL_BYTES: i32 = DEPTH * PANEL * 4;
/** Numbers of a that are packed at a time, at most. */
const PACKED_NUMBERS: i32 = 60 * 1024;
/** Rows up to which b is read where it lies: too few to pay for packing it. */
const FEW_ROWS: i32 = 8;

const START_ZERO: i32 = 0;
const START_BIAS: i32 = 1;
const START_C: i32 = 2;

/**
 * c = activation(a · b (+ bias by column)), batched, any strides of a and b, c by rows.
 * Unit u is a panel of 8 columns of a block of rows of one product; panels run fastest. Each number
 * of c is one sum in the order of the inner axis, wherever it falls.
 *
 * slots: 0 a, 1 b, 2 c, 3 bias (0: none), 4 m, 5 k, 6 n, 7 a's step by row, 8 by k, 9 b's step by k,
 * 10 by column, 11 c's step by row, 12 panels a block, 13 blocks a product, 14 a's step by product,
 * 15 b's, 16 c's, 17 accumulate (0: c is overwritten), 18 rows a block, 19 activation, 20 its alpha;
 * steps in numbers, not bytes
 */
export function gemm(args: usize, lo: i32, hi: i32, scratch: usize): void {
  const panels = int(args, 12);
  while (lo < hi) {
    const block = lo / panels;
    const first = lo - block * panels;
    const last = min<i32>(panels, first + hi - lo);
    run(args, block, first, last, scratch);
    lo += last - first;
  }
}

/** Panels first to last of one block of rows. */
function run(args: usize, block: i32, first: i32, last: i32, scratch: usize): void {
  const m = int(args, 4), k = int(args, 5), n = int(args, 6), blocks = int(args, 13);
  const product = block / blocks;
  const i0 = (block - product * blocks) * int(args, 18);
  const rows = min<i32>(int(args, 18), m - i0);
  const j0 = first * PANEL, j1 = min<i32>(n, last * PANEL);
  const a = at(args, 0) + (<usize>(product * int(args, 14) + i0 * int(args, 7)) << 2);
  const b = at(args, 1) + (<usize>(product * int(args, 15)) << 2);
  const c = at(args, 2) + (<usize>(product * int(args, 16) + i0 * int(args, 11)) << 2);
  // Nearly equal parts of the inner axis.
  const parts = max<i32>(1, (k + DEPTH - 1) / DEPTH);
  const depth = (k + parts - 1) / parts;
  if (int(args, 8) != 1 && rows > 1 && j1 - j0 > 2 * PANEL) {
    packedRows(args, a, b, c, rows, j0, j1, depth, scratch);
  } else {
    const rowBytes = <usize>int(args, 7) << 2, deepBytes = <usize>int(args, 8) << 2;
    for (let j = j0; j < j1; j += PANEL) {
      let deep = 0;
      do {
        const part = min<i32>(depth, k - deep);
        const from = a + <usize>deep * deepBytes;
        columns(args, from, b, c, rows, j, j1, deep, part, rowBytes * 4, rowBytes, deepBytes, scratch);
        deep += part;
      } while (deep < k);
    }
  }
  const activation = int(args, 19);
  if (activation) {
    const to = c + (<usize>j0 << 2), step = <usize>int(args, 11) << 2;
    activatePanel(to, step, rows, j1 - j0, activation, float(args, 20));
  }
}

/**
 * The same where a is stored by columns: its rows are packed first, four by four, since each step
 * along the inner axis would touch another cache line, for every panel again.
 */
function packedRows(
  args: usize, a: usize, b: usize, c: usize, rows: i32, j0: i32, j1: i32, depth: i32, scratch: usize,
): void {
  const k = int(args, 5), packed = scratch + PANEL_BYTES;
  const rowBytes = <usize>int(args, 7) << 2, deepBytes = <usize>int(args, 8) << 2;
  const cBytes = <usize>int(args, 11) << 2;
  const most = depth > 0 ? (PACKED_NUMBERS / depth) & ~3 : rows;
  for (let i = 0; i < rows; i += most) {
    const count = min<i32>(most, rows - i);
    let deep = 0;
    do {
      const part = min<i32>(depth, k - deep);
      packRows(a + <usize>i * rowBytes + <usize>deep * deepBytes, packed, count, part, rowBytes, deepBytes);
      for (let j = j0; j < j1; j += PANEL) {
        const to = c + <usize>i * cBytes;
        columns(args, packed, b, to, count, j, j1, deep, part, <usize>part << 4, 4, 16, scratch);
      }
      deep += part;
    } while (deep < k);
  }
}

/** One panel of one part of the inner axis. */
function columns(
  args: usize, a: usize, b: usize, c: usize, rows: i32, j: i32, j1: i32, deep: i32, depth: i32,
  aTile: usize, aRow: usize, aDeep: usize, scratch: usize,
): void {
  const bDeep = int(args, 9), bColumn = int(args, 10), bias = at(args, 3);
  const width = min<i32>(PANEL, j1 - j);
  const start = deep > 0 || int(args, 17) ? START_C : bias ? START_BIAS : START_ZERO;
  const to = c + (<usize>j << 2), offset = bias + (<usize>j << 2), cRow = <usize>int(args, 11) << 2;
  let from = b + (<usize>(deep * bDeep + j * bColumn) << 2), step = <usize>bDeep << 2;
  if (rows > FEW_ROWS || bColumn != 1 || width < PANEL) {
    pack(from, scratch, depth, width, bDeep, bColumn);
    from = scratch;
    step = PANEL * 4;
  }
  panel(a, from, to, offset, rows, depth, width, aTile, aRow, aDeep, step, cRow, start);
}

/** Rows to tiles of four, depth by depth; a last tile that is not full keeps gaps. */
function packRows(a: usize, to: usize, rows: i32, depth: i32, aRow: usize, aDeep: usize): void {
  for (let i = 0; i < rows; i += 4) {
    const valid = min<i32>(4, rows - i);
    let from = a;
    if (valid == 4 && aRow == 4) {
      for (let p = 0; p < depth; p++) {
        v128.store(to, v128.load(from));
        from += aDeep;
        to += 16;
      }
    } else {
      for (let p = 0; p < depth; p++) {
        for (let r = 0; r < valid; r++) store<f32>(to + (<usize>r << 2), load<f32>(from + <usize>r * aRow));
        from += aDeep;
        to += 16;
      }
    }
    a += aRow << 2;
  }
}

/** depth rows of width columns to depth rows of 8, zeros beyond width. */
function pack(b: usize, to: usize, depth: i32, width: i32, bDeep: i32, bColumn: i32): void {
  const deep = <usize>bDeep << 2, column = <usize>bColumn << 2;
  if (width == PANEL && bColumn == 1) {
    for (let p = 0; p < depth; p++) {
      v128.store(to, v128.load(b));
      v128.store(to, v128.load(b, 16), 16);
      to += 32;
      b += deep;
    }
    return;
  }
  if (width == PANEL && bDeep == 1) {
    packTransposed(b, to, depth, column);
    return;
  }
  for (let p = 0; p < depth; p++) {
    for (let q = 0; q < PANEL; q++) {
      store<f32>(to + (<usize>q << 2), q < width ? load<f32>(b + <usize>q * column) : 0);
    }
    to += 32;
    b += deep;
  }
}

/** Four by four, so that both sides are read and written in vectors. */
function packTransposed(b: usize, to: usize, depth: i32, column: usize): void {
  let p = 0;
  for (; p + 4 <= depth; p += 4) {
    quad(b, to, column);
    quad(b + column * 4, to + 16, column);
    b += 16;
    to += 128;
  }
  for (; p < depth; p++) {
    for (let q: usize = 0; q < 8; q++) store<f32>(to + (q << 2), load<f32>(b + q * column));
    b += 4;
    to += 32;
  }
}

// @ts-ignore: decorator
@inline export function quad(b: usize, to: usize, column: usize): void {
  const r0 = v128.load(b), r1 = v128.load(b + column);
  const r2 = v128.load(b + column * 2), r3 = v128.load(b + column * 3);
  const t0 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5), t1 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
  const t2 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5), t3 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<i64>(t0, t2, 0, 2));
  v128.store(to, v128.shuffle<i64>(t0, t2, 1, 3), 32);
  v128.store(to, v128.shuffle<i64>(t1, t3, 0, 2), 64);
  v128.store(to, v128.shuffle<i64>(t1, t3, 1, 3), 96);
}

/** All rows of one panel, in tiles of four by eight; aTile from tile to tile, all steps in bytes. */
function panel(
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
