import { at, int } from "./common";
import { finish } from "./epilogue";
import { PANEL, pack, packRows } from "./gemm-pack";
import { START_BIAS, START_C, START_ZERO, fullPairs, panel } from "./gemm-tiles";

/** Most of the inner axis at a time: two panels of it (16 kB) and four rows of a stay in the first cache. */
const DEPTH: i32 = 256;
/** Bytes of the scratch memory that two packed panels of b take; the rest may hold packed rows of a. */
const PANEL_BYTES: i32 = DEPTH * PANEL * 4 * 2;
/** Numbers of a that are packed at a time, at most. */
const PACKED_NUMBERS: i32 = 58 * 1024;
/** Panels from which packing a pays. */
const MANY_PANELS: i32 = 3;
/** Rows up to which b is read where it lies: too few to pay for packing it. */
const FEW_ROWS: i32 = 8;

/**
 * c = activation(a · b (+ bias by column)) (+ residual), batched, any strides of a and b, c by rows.
 * Unit u is a panel of 8 columns of a block of rows of one product; panels run fastest. Each number
 * of c is one sum in the order of the inner axis, wherever it falls.
 *
 * slots: 0 a, 1 b, 2 c, 3 bias (0: none), 4 m, 5 k, 6 n, 7 a's step by row, 8 by k, 9 b's step by k,
 * 10 by column, 11 c's step by row, 12 panels a block, 13 blocks a product, 14 a's step by product,
 * 15 b's, 16 c's, 17 accumulate (0: c is overwritten), 18 rows a block, 19 to 22 the epilogue
 * (epilogue.ts); steps in numbers, not bytes
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
  if (rows > FEW_ROWS && last - first >= MANY_PANELS) {
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
      finish(args, c + (<usize>j << 2), rows, min<i32>(PANEL, j1 - j));
    }
  }
}

/** The same for panels enough to pay for packing rows of a first, four by four, for all of them. */
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
      deep += part;
      const to = c + <usize>i * cBytes, before = deep - part;
      for (let j = j0; j < j1; j += 2 * PANEL) {
        const width = min<i32>(2 * PANEL, j1 - j);
        if (width == 2 * PANEL) {
          pair(args, packed, b, to, count, j, before, part, scratch);
        } else {
          for (let q = j; q < j1; q += PANEL) {
            columns(args, packed, b, to, count, q, j1, before, part, <usize>part << 4, 4, 16, scratch);
          }
        }
        // While these columns are in the first cache.
        if (deep >= k) finish(args, to + (<usize>j << 2), count, width);
      }
    } while (deep < k);
  }
}

/**
 * Two full panels of one part of the inner axis, tile by tile, so that a cache line of c is written
 * as a whole and a tile of a is read from the second cache once for both.
 */
function pair(
  args: usize, a: usize, b: usize, c: usize, rows: i32, j: i32, deep: i32, depth: i32, scratch: usize,
): void {
  const bDeep = int(args, 9), bColumn = int(args, 10), bias = at(args, 3);
  const from = b + (<usize>(deep * bDeep + j * bColumn) << 2), next = <usize>depth << 5;
  pack(from, scratch, depth, PANEL, bDeep, bColumn);
  pack(from + (<usize>(PANEL * bColumn) << 2), scratch + next, depth, PANEL, bDeep, bColumn);
  const accumulate = deep > 0 || int(args, 17) ? 1 : 0;
  const to = c + (<usize>j << 2), cRow = <usize>int(args, 11) << 2, full = rows >> 2;
  const offset = bias ? bias + (<usize>j << 2) : 0;
  // The first numbers of the memory are never handed out and stay zero.
  const begin: usize = accumulate ? <usize>0 : offset;
  fullPairs(a, scratch, to, begin, begin ? 32 : 0, full, depth, cRow, accumulate);
  const left = rows & 3;
  if (left) {
    const start = accumulate ? START_C : bias ? START_BIAS : START_ZERO;
    const last = a + (<usize>(full * depth) << 4), under = to + cRow * <usize>(full << 2);
    panel(last, scratch, under, offset, left, depth, PANEL, 0, 4, 16, 32, cRow, start);
    panel(last, scratch + next, under + 32, offset + 32, left, depth, PANEL, 0, 4, 16, 32, cRow, start);
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
