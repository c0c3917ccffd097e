import { at, int } from "./common";

/** Bytes of a unit of {@link copy} where rows are long, and of {@link fill}. */
const BLOCK: i32 = 32768;

// How a row of `copy` is read, as src/copy.ts numbers it.
const WHOLE: i32 = 0;
const WORDS: i32 = 1;

/**
 * Copies rows. Unit u is a block of one of them, rows counted over all axes.
 *
 * slots: 0 from, 1 to, 2 how a row is read (0: as it lies, 1: every so many bytes a 4-byte number,
 * 2: every so many bytes a byte), 3 length of a row to write, in bytes, 4 step of reading, in bytes,
 * 5 blocks a row, 6 axes; then for each axis, the first the slowest: its size, its step in what is
 * read and its step in what is written, in bytes
 */
export function copy(args: usize, lo: i32, hi: i32, scratch: usize): void {
  const how = int(args, 2), length = int(args, 3), step = int(args, 4), blocks = int(args, 5);
  for (let unit = lo; unit < hi; unit++) {
    let rest = blocks == 1 ? unit : unit / blocks;
    const start = (unit - rest * blocks) * BLOCK, bytes = min<i32>(BLOCK, length - start);
    let from = at(args, 0), to = at(args, 1) + <usize>start;
    for (let axis = int(args, 6) - 1; axis >= 0; axis--) {
      const slot = 7 + axis * 3, size = int(args, slot);
      const next = axis > 0 ? rest / size : 0, index = rest - next * size;
      from += <usize>(index * int(args, slot + 1));
      to += <usize>(index * int(args, slot + 2));
      rest = next;
    }
    if (how == WHOLE) copyBytes(to, from + <usize>start, bytes);
    else if (how == WORDS) pickWords(to, from + <usize>((start >> 2) * step), bytes, step);
    else pickBytes(to, from + <usize>(start * step), bytes, step);
  }
}

function pickWords(to: usize, from: usize, bytes: i32, step: i32): void {
  if (step == 0) {
    repeat(to, load<u32>(from), bytes);
    return;
  }
  for (const end = to + <usize>bytes; to < end; to += 4) {
    store<u32>(to, load<u32>(from));
    from += <usize>step;
  }
}

function pickBytes(to: usize, from: usize, bytes: i32, step: i32): void {
  if (step == 0) {
    repeat(to, <u32>load<u8>(from) * 0x01010101, bytes);
    return;
  }
  for (const end = to + <usize>bytes; to < end; to++) {
    store<u8>(to, load<u8>(from));
    from += <usize>step;
  }
}

/**
 * Writes the same 4 bytes everywhere. Unit u is bytes 32768 u and after.
 *
 * slots: 0 to, 1 length in bytes, 2 the four bytes
 */
export function fill(args: usize, lo: i32, hi: i32, scratch: usize): void {
  const first = lo * BLOCK, last = min<i32>(hi * BLOCK, int(args, 1));
  repeat(at(args, 0) + <usize>first, int(args, 2), last - first);
}

function repeat(to: usize, pattern: u32, bytes: i32): void {
  const end = to + <usize>bytes, vector = i32x4.splat(pattern);
  for (; to + 16 <= end; to += 16) v128.store(to, vector);
  for (; to + 4 <= end; to += 4) store<u32>(to, pattern);
  for (; to < end; to++) {
    store<u8>(to, <u8>pattern);
    pattern >>= 8;
  }
}

/**
 * Copies slices by index: y[batch, outer, i] = x[batch, outer, indices[batch, i]]. Unit u is the slice
 * at place u of y.
 *
 * slots: 0 x, 1 indices, 2 y, 3 bytes of a slice, 4 indices a batch, 5 outer size, 6 size of the axis
 */
export function gather(args: usize, lo: i32, hi: i32, scratch: usize): void {
  const bytes = int(args, 3), indices = int(args, 4), outer = int(args, 5), size = int(args, 6);
  let to = at(args, 2) + <usize>lo * <usize>bytes;
  for (let unit = lo; unit < hi; unit++) {
    const row = unit / indices, place = row / outer * indices + (unit - row * indices);
    const index = load<i32>(at(args, 1) + (<usize>place << 2));
    copyBytes(to, at(args, 0) + <usize>(row * size + index) * <usize>bytes, bytes);
    to += <usize>bytes;
  }
}

/** A few 4-byte numbers, one by one. */
export function copyWords(to: usize, from: usize, count: i32): void {
  for (const end = from + (<usize>count << 2); from < end; from += 4) {
    store<u32>(to, load<u32>(from));
    to += 4;
  }
}

/** Any number of bytes, which do not overlap. */
export function copyBytes(to: usize, from: usize, bytes: i32): void {
  if (bytes >= 1024) {
    memory.copy(to, from, bytes);
    return;
  }
  const end = from + <usize>bytes;
  for (; from + 16 <= end; from += 16) {
    v128.store(to, v128.load(from));
    to += 16;
  }
  for (; from + 4 <= end; from += 4) {
    store<u32>(to, load<u32>(from));
    to += 4;
  }
  for (; from < end; from++) {
    store<u8>(to, load<u8>(from));
    to++;
  }
}
