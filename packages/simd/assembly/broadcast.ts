import { binaryBlock } from "./binary";
import { at, int } from "./common";
import { compareBlock } from "./compare";
import { logicBlock } from "./logic";

/** Numbers of a unit where rows are long, as src/broadcast.ts has it. */
const BLOCK: i32 = 2048;

const BINARY: i32 = 0;
const COMPARE: i32 = 1;
const LOGIC: i32 = 2;

/**
 * c = a operation b, number by number, either operand repeated over any axes. Unit u is a block of a
 * row, the rows counted over all axes.
 *
 * slots: 0 a, 1 b, 2 c, 3 operation, 4 numbers a row, 5 whether a goes on within a row (else its one
 * number repeats), 6 whether b does, 7 blocks a row, 8 axes; then for each axis, the first the
 * slowest: its size, a's step and b's step, in numbers
 */
export function binary(args: usize, lo: i32, hi: i32, scratch: usize): void {
  walk(BINARY, args, lo, hi, scratch);
}

/** The same for comparisons of 4-byte numbers, which give bools of a byte each. */
export function compare(args: usize, lo: i32, hi: i32, scratch: usize): void {
  walk(COMPARE, args, lo, hi, scratch);
}

/** The same for bools, of a byte each. */
export function logic(args: usize, lo: i32, hi: i32, scratch: usize): void {
  walk(LOGIC, args, lo, hi, scratch);
}

// @ts-ignore: decorator
@inline export function walk(kind: i32, args: usize, lo: i32, hi: i32, scratch: usize): void {
  const read: usize = kind == LOGIC ? 0 : 2, written: usize = kind == BINARY ? 2 : 0;
  const inner = int(args, 4), aStep = int(args, 5), bStep = int(args, 6), blocks = int(args, 7);
  const operation = int(args, 3), axes = int(args, 8);
  for (let unit = lo; unit < hi; unit++) {
    const row = blocks == 1 ? unit : unit / blocks, start = (unit - row * blocks) * BLOCK;
    const count = min<i32>(BLOCK, inner - start);
    let rest = row, aAt = start * aStep, bAt = start * bStep;
    for (let axis = axes - 1; axis >= 0; axis--) {
      const slot = 9 + axis * 3, size = int(args, slot);
      const next = axis > 0 ? rest / size : 0, index = rest - next * size;
      aAt += index * int(args, slot + 1);
      bAt += index * int(args, slot + 2);
      rest = next;
    }
    const a = at(args, 0) + (<usize>aAt << read), b = at(args, 1) + (<usize>bAt << read);
    const c = at(args, 2) + (<usize>(row * inner + start) << written);
    if (kind == BINARY) binaryBlock(operation, a, b, c, aStep, bStep, count, scratch);
    else if (kind == COMPARE) compareBlock(operation, a, b, c, aStep, bStep, count, scratch);
    else logicBlock(operation, a, b, c, aStep, bStep, count, scratch);
  }
}
