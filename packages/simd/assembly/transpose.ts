import { at, int } from "./common";

/** Columns of a unit: a cache line of what is read. */
const COLUMNS: i32 = 16;

/**
 * Transposes matrices of 4-byte numbers. Unit u is 16 columns of one of them, which become rows;
 * matrices are counted over all further axes.
 *
 * slots: 0 from, 1 to, 2 rows, 3 columns, 4 step from row to row in what is read, 5 step from column
 * to column in what is written, 6 units a matrix, 7 further axes; then for each, the first the
 * slowest: its size, its step in what is read and its step in what is written; steps in bytes
 */
export function transpose(args: usize, lo: i32, hi: i32, scratch: usize): void {
  const rows = int(args, 2), columns = int(args, 3), units = int(args, 6);
  for (let unit = lo; unit < hi; unit++) {
    let rest = unit / units;
    const first = (unit - rest * units) * COLUMNS, width = min<i32>(COLUMNS, columns - first);
    let from = at(args, 0) + (<usize>first << 2), to = at(args, 1) + <usize>(first * int(args, 5));
    for (let axis = int(args, 7) - 1; axis >= 0; axis--) {
      const slot = 8 + axis * 3, size = int(args, slot);
      const next = axis > 0 ? rest / size : 0, index = rest - next * size;
      from += <usize>(index * int(args, slot + 1));
      to += <usize>(index * int(args, slot + 2));
      rest = next;
    }
    strip(from, to, rows, width, at(args, 4), at(args, 5));
  }
}

function strip(from: usize, to: usize, rows: i32, width: i32, row: usize, column: usize): void {
  let i = 0;
  for (; i + 4 <= rows; i += 4) {
    let j = 0, x = from, y = to;
    for (; j + 4 <= width; j += 4) {
      const r0 = v128.load(x), r1 = v128.load(x + row);
      const r2 = v128.load(x + row * 2), r3 = v128.load(x + row * 3);
      const t0 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5), t1 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
      const t2 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5), t3 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
      v128.store(y, v128.shuffle<i64>(t0, t2, 0, 2));
      v128.store(y + column, v128.shuffle<i64>(t0, t2, 1, 3));
      v128.store(y + column * 2, v128.shuffle<i64>(t1, t3, 0, 2));
      v128.store(y + column * 3, v128.shuffle<i64>(t1, t3, 1, 3));
      x += 16;
      y += column * 4;
    }
    for (; j < width; j++) {
      store<u32>(y, load<u32>(x));
      store<u32>(y, load<u32>(x + row), 4);
      store<u32>(y, load<u32>(x + row * 2), 8);
      store<u32>(y, load<u32>(x + row * 3), 12);
      x += 4;
      y += column;
    }
    from += row * 4;
    to += 16;
  }
  for (; i < rows; i++) {
    let x = from, y = to;
    for (let j = 0; j < width; j++) {
      store<u32>(y, load<u32>(x));
      x += 4;
      y += column;
    }
    from += row;
    to += 4;
  }
}
