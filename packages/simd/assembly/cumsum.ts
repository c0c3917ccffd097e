import { at, int, put, take } from "./common";

/** Columns of a unit. */
const COLUMNS: i32 = 4;

/**
 * Running sums along the middle axis of [outer, length, inner]. Unit u is 4 columns of one outer entry.
 *
 * slots: 0 x, 1 y, 2 length, 3 inner, 4 units an outer entry, 5 whether a sum leaves out its own
 * number, 6 whether it runs from the end, 7 whether the numbers are whole
 */
export function cumsum(args: usize, lo: i32, hi: i32, scratch: usize): void {
  const length = int(args, 2), inner = int(args, 3), blocks = int(args, 4);
  const exclusive = int(args, 5), reverse = int(args, 6), whole = int(args, 7);
  const step = <usize>(reverse ? -inner : inner) << 2;
  for (let unit = lo; unit < hi; unit++) {
    const outer = unit / blocks, column = (unit - outer * blocks) * COLUMNS;
    const width = min<i32>(COLUMNS, inner - column);
    const first = outer * length + (reverse ? length - 1 : 0);
    const skipped = <usize>(first * inner + column) << 2;
    let x = at(args, 0) + skipped, y = at(args, 1) + skipped;
    let sum = i32x4.splat(0);
    for (let i = 0; i < length; i++) {
      const value = take(x, width);
      const next = whole ? i32x4.add(sum, value) : f32x4.add(sum, value);
      put(y, exclusive ? sum : next, width);
      sum = next;
      x += step;
      y += step;
    }
  }
}
