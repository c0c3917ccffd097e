import { at, int, put, take } from "./common";

/** Columns of a unit of scatterRows. */
const COLUMNS: i32 = 32;
/** Numbers of a unit of clear. */
const BLOCK: i32 = 16384;

/**
 * Row u of the output is row ids[u] of the table. Ids are to be rows that there are.
 *
 * slots: 0 table, 1 ids, 2 output, 3 width
 */
export function gatherRows(args: usize, lo: i32, hi: i32, scratch: usize): void {
  const width = int(args, 3), bytes = <usize>width << 2;
  let to = at(args, 2) + <usize>lo * bytes;
  for (let n = lo; n < hi; n++) {
    const from = at(args, 0) + <usize>load<u32>(at(args, 1) + (<usize>n << 2)) * bytes;
    copyRow(to, from, width);
    to += bytes;
  }
}

// @ts-ignore: decorator
@inline export function copyRow(to: usize, from: usize, width: i32): void {
  for (; width >= 16; width -= 16) {
    v128.store(to, v128.load(from));
    v128.store(to, v128.load(from, 16), 16);
    v128.store(to, v128.load(from, 32), 32);
    v128.store(to, v128.load(from, 48), 48);
    to += 64;
    from += 64;
  }
  for (; width > 0; width -= 4) {
    put(to, take(from, width), width);
    to += 16;
    from += 16;
  }
}

/**
 * Adds row n of the input to row ids[n] of the sums, for each n in turn; a row that there is not is
 * left out. Unit u is columns 32 u and after, so that each sum has one thread and one order.
 *
 * slots: 0 ids, 1 input, 2 sums, 3 width, 4 number of ids, 5 rows of the sums
 */
export function scatterRows(args: usize, lo: i32, hi: i32, scratch: usize): void {
  const ids = at(args, 0), width = int(args, 3), count = int(args, 4), rows = int(args, 5);
  const bytes = <usize>width << 2;
  for (let unit = lo; unit < hi; unit++) {
    const column = unit * COLUMNS, columns = min<i32>(COLUMNS, width - column);
    let from = at(args, 1) + (<usize>column << 2);
    const sums = at(args, 2) + (<usize>column << 2);
    for (let n = 0; n < count; n++) {
      const id = load<u32>(ids + (<usize>n << 2));
      if (id < <u32>rows) addTo(sums + <usize>id * bytes, from, columns);
      from += bytes;
    }
  }
}

// @ts-ignore: decorator
@inline export function addTo(sum: usize, from: usize, columns: i32): void {
  for (; columns >= 16; columns -= 16) {
    v128.store(sum, f32x4.add(v128.load(sum), v128.load(from)));
    v128.store(sum, f32x4.add(v128.load(sum, 16), v128.load(from, 16)), 16);
    v128.store(sum, f32x4.add(v128.load(sum, 32), v128.load(from, 32)), 32);
    v128.store(sum, f32x4.add(v128.load(sum, 48), v128.load(from, 48)), 48);
    sum += 64;
    from += 64;
  }
  for (; columns > 0; columns -= 4) {
    put(sum, f32x4.add(take(sum, columns), take(from, columns)), columns);
    sum += 16;
    from += 16;
  }
}

/**
 * Zeros. Unit u is numbers 16384 u and after.
 *
 * slots: 0 output, 1 count
 */
export function clear(args: usize, lo: i32, hi: i32, scratch: usize): void {
  const first = lo * BLOCK, count = min<i32>(hi * BLOCK, int(args, 1)) - first;
  memory.fill(at(args, 0) + (<usize>first << 2), 0, <usize>count << 2);
}
