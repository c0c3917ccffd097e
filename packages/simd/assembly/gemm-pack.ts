// Operands of products, copied to where a tile reads them one after the other.
import { turn } from "./common";

/** Columns of a panel. */
export const PANEL: i32 = 8;

/** Rows to tiles of four, depth by depth; a last tile that is not full keeps gaps. */
export function packRows(a: usize, to: usize, rows: i32, depth: i32, aRow: usize, aDeep: usize): void {
  for (let i = 0; i < rows; i += 4) {
    const valid = min<i32>(4, rows - i);
    let from = a;
    if (valid == 4 && aRow == 4) {
      for (let p = 0; p < depth; p++) {
        v128.store(to, v128.load(from));
        from += aDeep;
        to += 16;
      }
    } else if (valid == 4 && aDeep == 4) {
      let from = a, p = 0;
      for (; p + 4 <= depth; p += 4) {
        turn(from, aRow, to, 16);
        from += 16;
        to += 64;
      }
      for (; p < depth; p++) {
        for (let r: usize = 0; r < 4; r++) store<f32>(to + (r << 2), load<f32>(from + r * aRow));
        from += 4;
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
export function pack(b: usize, to: usize, depth: i32, width: i32, bDeep: i32, bColumn: i32): void {
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
    turn(b, column, to, 32);
    turn(b + column * 4, column, to + 16, 32);
    b += 16;
    to += 128;
  }
  for (; p < depth; p++) {
    for (let q: usize = 0; q < 8; q++) store<f32>(to + (q << 2), load<f32>(b + q * column));
    b += 4;
    to += 32;
  }
}
