import { at, float, int, put, take } from "./common";

// The operations, as src/kernels/reduce.ts numbers them; from SUM_INT on of whole numbers.
const SUM: i32 = 0;
const MAX: i32 = 1;
const MIN: i32 = 2;
const SUM_INT: i32 = 3;
const MAX_INT: i32 = 4;
const MIN_INT: i32 = 5;

/** Columns of a unit. */
const COLUMNS: i32 = 32;

/**
 * Reduces the last axis, chunk by chunk: y[row, chunk] = x[row, chunk's numbers] / divisor. Unit u is
 * entry u of y. Chunks have the same places whatever is shared out, so sums have the same bits.
 *
 * slots: 0 x, 1 y, 2 numbers a row, 3 numbers a chunk, 4 chunks a row, 5 operation, 6 divisor of the
 * result, a float, for sums of floats alone
 */
export function reduceRows(args: usize, lo: i32, hi: i32, scratch: usize): void {
  const length = int(args, 2), chunk = int(args, 3), chunks = int(args, 4);
  for (let unit = lo; unit < hi; unit++) {
    const row = chunks == 1 ? unit : unit / chunks, start = (unit - row * chunks) * chunk;
    const x = at(args, 0) + (<usize>(row * length + start) << 2);
    const y = at(args, 1) + (<usize>unit << 2);
    const count = min<i32>(chunk, length - start);
    switch (int(args, 5)) {
      case SUM: store<f32>(y, f32x4.extract_lane(line(SUM, x, count), 0) / float(args, 6)); break;
      case MAX: store<f32>(y, f32x4.extract_lane(line(MAX, x, count), 0)); break;
      case MIN: store<f32>(y, f32x4.extract_lane(line(MIN, x, count), 0)); break;
      case SUM_INT: store<i32>(y, i32x4.extract_lane(line(SUM_INT, x, count), 0)); break;
      case MAX_INT: store<i32>(y, i32x4.extract_lane(line(MAX_INT, x, count), 0)); break;
      case MIN_INT: store<i32>(y, i32x4.extract_lane(line(MIN_INT, x, count), 0)); break;
    }
  }
}

/** All numbers of a line, in lane 0. */
// @ts-ignore: decorator
@inline export function line(operation: i32, x: usize, count: i32): v128 {
  let r0 = nothing(operation), r1 = r0, r2 = r0, r3 = r0;
  const end = x + (<usize>count << 2);
  for (; x + 64 <= end; x += 64) {
    r0 = both(operation, r0, v128.load(x));
    r1 = both(operation, r1, v128.load(x, 16));
    r2 = both(operation, r2, v128.load(x, 32));
    r3 = both(operation, r3, v128.load(x, 48));
  }
  for (; x + 16 <= end; x += 16) r0 = both(operation, r0, v128.load(x));
  for (; x < end; x += 4) r1 = both(operation, r1, v128.load32_lane(x, nothing(operation), 0));
  r0 = both(operation, both(operation, r0, r1), both(operation, r2, r3));
  r0 = both(operation, r0, v128.shuffle<i32>(r0, r0, 2, 3, 0, 1));
  return both(operation, r0, v128.shuffle<i32>(r0, r0, 1, 0, 3, 2));
}

/**
 * Reduces the middle axis of [outer, length, inner], chunk by chunk: y[outer, chunk, inner]. Unit u is
 * 32 columns of one chunk.
 *
 * slots: 0 x, 1 y, 2 inner, 3 length, 4 rows a chunk, 5 operation, 6 divisor as above, 7 chunks, 8 units
 * a chunk
 */
export function reduceColumns(args: usize, lo: i32, hi: i32, scratch: usize): void {
  const inner = int(args, 2), length = int(args, 3), chunk = int(args, 4), chunks = int(args, 7);
  const blocks = int(args, 8);
  for (let unit = lo; unit < hi; unit++) {
    const place = blocks == 1 ? unit : unit / blocks, outer = chunks == 1 ? place : place / chunks;
    const column = (unit - place * blocks) * COLUMNS, start = (place - outer * chunks) * chunk;
    const x = at(args, 0) + (<usize>((outer * length + start) * inner + column) << 2);
    const y = at(args, 1) + (<usize>(place * inner + column) << 2);
    const rows = min<i32>(chunk, length - start), width = min<i32>(COLUMNS, inner - column);
    const row = <usize>inner << 2, divisor = f32x4.splat(float(args, 6));
    switch (int(args, 5)) {
      case SUM: columns(SUM, x, y, rows, width, row, divisor); break;
      case MAX: columns(MAX, x, y, rows, width, row, divisor); break;
      case MIN: columns(MIN, x, y, rows, width, row, divisor); break;
      case SUM_INT: columns(SUM_INT, x, y, rows, width, row, divisor); break;
      case MAX_INT: columns(MAX_INT, x, y, rows, width, row, divisor); break;
      case MIN_INT: columns(MIN_INT, x, y, rows, width, row, divisor); break;
    }
  }
}

// @ts-ignore: decorator
@inline export function columns(
  operation: i32, x: usize, y: usize, rows: i32, width: i32, row: usize, divisor: v128,
): void {
  const none = nothing(operation);
  if (width == COLUMNS) {
    let r0 = none, r1 = none, r2 = none, r3 = none, r4 = none, r5 = none, r6 = none, r7 = none;
    for (let i = 0; i < rows; i++) {
      r0 = both(operation, r0, v128.load(x));
      r1 = both(operation, r1, v128.load(x, 16));
      r2 = both(operation, r2, v128.load(x, 32));
      r3 = both(operation, r3, v128.load(x, 48));
      r4 = both(operation, r4, v128.load(x, 64));
      r5 = both(operation, r5, v128.load(x, 80));
      r6 = both(operation, r6, v128.load(x, 96));
      r7 = both(operation, r7, v128.load(x, 112));
      x += row;
    }
    v128.store(y, finished(operation, r0, divisor));
    v128.store(y, finished(operation, r1, divisor), 16);
    v128.store(y, finished(operation, r2, divisor), 32);
    v128.store(y, finished(operation, r3, divisor), 48);
    v128.store(y, finished(operation, r4, divisor), 64);
    v128.store(y, finished(operation, r5, divisor), 80);
    v128.store(y, finished(operation, r6, divisor), 96);
    v128.store(y, finished(operation, r7, divisor), 112);
    return;
  }
  for (let j = 0; j < width; j += 4) {
    let r = none, from = x + (<usize>j << 2);
    for (let i = 0; i < rows; i++) {
      r = both(operation, r, take(from, width - j));
      from += row;
    }
    put(y + (<usize>j << 2), finished(operation, r, divisor), width - j);
  }
}

// @ts-ignore: decorator
@inline export function finished(operation: i32, x: v128, divisor: v128): v128 {
  return operation == SUM ? f32x4.div(x, divisor) : x;
}

/** What changes nothing. */
// @ts-ignore: decorator
@inline export function nothing(operation: i32): v128 {
  if (operation == MAX) return f32x4.splat(-Infinity);
  if (operation == MIN) return f32x4.splat(Infinity);
  if (operation == MAX_INT) return i32x4.splat(i32.MIN_VALUE);
  if (operation == MIN_INT) return i32x4.splat(i32.MAX_VALUE);
  return i32x4.splat(0);
}

// @ts-ignore: decorator
@inline export function both(operation: i32, a: v128, b: v128): v128 {
  if (operation == SUM) return f32x4.add(a, b);
  if (operation == MAX) return f32x4.max(a, b);
  if (operation == MIN) return f32x4.min(a, b);
  if (operation == SUM_INT) return i32x4.add(a, b);
  if (operation == MAX_INT) return i32x4.max_s(a, b);
  return i32x4.min_s(a, b);
}
