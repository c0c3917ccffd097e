import { type Axis, joined } from "./axes";
import type { SimdBackend } from "./backend";
import { bytesOf, type NumberType } from "./number-type";

/** Bytes of a unit where rows are long. */
const BLOCK = 32_768;
const NS_A_BYTE = 0.05;
const NS_A_NUMBER = 0.5;
const NS_A_ROW = 8;

// How the assembly reads a row.
const WHOLE = 0;
const WORDS = 1;
const BYTES = 2;

interface Copy {
  /** Address of the first number to read. */
  readonly from: number;
  /** Address of the first number to write. */
  readonly to: number;
  /** The slowest first; steps in numbers, of what is read and of what is written. */
  readonly axes: readonly Axis[];
  readonly dtype: NumberType;
}

/** Copies numbers from places with even steps to places with even steps. */
export function copy(backend: SimdBackend, { from, to, axes: all, dtype }: Copy): void {
  if (all.some(({ size }) => size === 0)) return;
  const width = bytesOf(dtype);
  const axes = joined(all);
  const sideBySide = axes.at(-1)?.steps[1] === 1;
  const row = (sideBySide && axes.pop()) || { size: 1, steps: [1, 1] };
  const step = row.steps[0]!;
  const how = step === 1 ? WHOLE : width === 4 ? WORDS : BYTES;
  const length = row.size * width;
  const blocks = Math.ceil(length / BLOCK);
  const args = [from, to, how, length, step * width, blocks, axes.length];
  for (const { size, steps } of axes) args.push(size, ...steps.map((numbers) => numbers * width));
  const rows = axes.reduce((product, { size }) => product * size, 1);
  const cost = step === 1 || step === 0 ? length * NS_A_BYTE : row.size * NS_A_NUMBER;
  backend.run("copy", args, rows * blocks, rows * (cost + NS_A_ROW));
}
