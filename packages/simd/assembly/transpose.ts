import { at, int, turn } from "./common";
import { copyBytes } from "./copy";

/** Rows and columns of a tile; columns of a unit. */
const TILE: i32 = 32;
/** From column to column of a tile in scratch: its rows, and a vector so that columns do not collide. */
const COLUMN: usize = 144;

/**
 * Transposes matrices of 4-byte numbers. Unit u is 32 columns of one of them, which become rows;
 * matrices are counted over all further axes.
 *
 * slots: 0 from, 1 to, 2 rows, 3 columns, 4 step from row to row in what is read, 5 step from column
 * to column in what is written, 6 units a matrix, 7 further axes; then for each, the first the
 * slowest: its size, its step in what is read and its step in what is written; steps in bytes
 */
export function transpose(args: usize, lo: i32, hi: i32, scratch: usize): void {
  const rows = int(args, 2), columns = int(args, 3), units = int(args, 6);
  const row = at(args, 4), column = at(args, 5);
  for (let unit = lo; unit < hi; unit++) {
    let rest = unit / units;
    const first = (unit - rest * units) * TILE, width = min<i32>(TILE, columns - first);
    let from = at(args, 0) + (<usize>first << 2), to = at(args, 1) + <usize>first * column;
    for (let axis = int(args, 7) - 1; axis >= 0; axis--) {
      const slot = 8 + axis * 3, size = int(args, slot);
      const next = axis > 0 ? rest / size : 0, index = rest - next * size;
      from += <usize>(index * int(args, slot + 1));
      to += <usize>(index * int(args, slot + 2));
      rest = next;
    }
    // A tile at a time through scratch: whole cache lines are read and written, each once, however
    // many rows or columns fall together in the cache.
    for (let i = 0; i < rows; i += TILE) {
      const height = min<i32>(TILE, rows - i);
      turnTile(from, scratch, height, width, row);
      for (let j = 0; j < width; j++) {
        copyBytes(to + <usize>j * column, scratch + <usize>j * COLUMN, height << 2);
      }
      from += row * <usize>TILE;
      to += <usize>TILE << 2;
    }
  }
}

/** A tile to scratch, its columns one after the other. */
function turnTile(from: usize, to: usize, height: i32, width: i32, row: usize): void {
  let i = 0;
  for (; i + 4 <= height; i += 4) {
    let j = 0, x = from, y = to;
    for (; j + 4 <= width; j += 4) {
      turn(x, row, y, COLUMN);
      x += 16;
      y += COLUMN * 4;
    }
    for (; j < width; j++) {
      store<u32>(y, load<u32>(x));
      store<u32>(y, load<u32>(x + row), 4);
      store<u32>(y, load<u32>(x + row * 2), 8);
      store<u32>(y, load<u32>(x + row * 3), 12);
      x += 4;
      y += COLUMN;
    }
    from += row * 4;
    to += 16;
  }
  for (; i < height; i++) {
    let x = from, y = to;
    for (let j = 0; j < width; j++) {
      store<u32>(y, load<u32>(x));
      x += 4;
      y += COLUMN;
    }
    from += row;
    to += 4;
  }
}
