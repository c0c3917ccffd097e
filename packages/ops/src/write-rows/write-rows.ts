import { type Tensor4D, tidy } from "@tensorflow/tfjs-core";
import { runAlone, runKernelOr } from "../run-kernel";
import { checkShapes, ShapeError } from "../shapes";
import { writeRowsReference } from "./reference";

export interface WriteRowsOptions {
  /** The buffer's row that takes the first of rows; whole number from 0. */
  start: number;
  /**
   * Allows an engine to write into the buffer itself where no other tensor shares its data; the
   * buffer given must then not be used any more. Default false.
   */
  overwrite?: boolean;
}

/**
 * A buffer with some of its rows replaced, such as a cache of keys that takes in the next ones.
 * Has no gradient.
 *
 * Kernel contract: `TxWriteRows` {buffer, rows} {start, overwrite} → shape of buffer.
 *
 * @param buffer [batch, heads, size, width]
 * @param rows [batch, heads, count, width]
 * @returns [batch, heads, size, width]; the caller owns it.
 * @throws ShapeError if the two do not fit or the rows would go past the buffer's end; RangeError if
 *   start is not a whole number from 0.
 */
export function writeRows(
  buffer: Tensor4D,
  rows: Tensor4D,
  { start, overwrite = false }: WriteRowsOptions,
): Tensor4D {
  const [size, count] = [buffer.shape[2], rows.shape[2]];
  const same = [0, 1, 3].every((axis) => buffer.shape[axis] === rows.shape[axis]);
  // By hand first, since this runs for each token.
  if (buffer.rank !== 4 || rows.rank !== 4 || !same) {
    checkShapes(
      ["buffer", buffer, "batch heads size width"],
      ["rows", rows, "batch heads count width"],
    );
  }
  if (!(Number.isInteger(start) && start >= 0)) {
    throw new RangeError(`start: expected a whole number from 0, got ${start}`);
  }
  if (start + count > size) {
    throw new ShapeError(`rows: expected at most ${size - start} rows at ${start}, got ${count}`);
  }
  const alone = runAlone<Tensor4D>("TxWriteRows", { buffer, rows }, { start, overwrite });
  if (alone) return alone;
  return tidy(() =>
    runKernelOr("TxWriteRows", { buffer, rows }, { start, overwrite }, () =>
      writeRowsReference(buffer, rows, start),
    ),
  ) as Tensor4D;
}
