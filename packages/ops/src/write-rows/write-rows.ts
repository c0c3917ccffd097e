import type { Tensor4D } from "@tensorflow/tfjs-core";
import { type AttentionLayout, checkLayout } from "../attention/call";
import { rowAxis } from "../attention/layout";
import { runKernelOr } from "../run-kernel";
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
  /** How buffer and rows lie, as in attention. Default "bhsd". */
  layout?: AttentionLayout;
}

/**
 * A buffer with some of its rows replaced, such as a cache of keys that takes in the next ones.
 * Has no gradient.
 *
 * A reshape shares its data with what it is made of: while both live, neither is overwritten. So a
 * buffer whose heads lie side by side is written in its own layout.
 *
 * Kernel contract: `TxWriteRows` {buffer, rows} {layout, start, overwrite} → shape of buffer.
 *
 * @param buffer [batch, heads, size, width]; in the layout "bshd" [batch, size, heads, width]
 * @param rows [batch, heads, count, width]; in the layout "bshd" [batch, count, heads, width]
 * @returns The shape of buffer; the caller owns it.
 * @throws ShapeError if the two do not fit or the rows would go past the buffer's end; RangeError if
 *   start is not a whole number from 0 or the layout none of these.
 */
export function writeRows(
  buffer: Tensor4D,
  rows: Tensor4D,
  { start, overwrite = false, layout = "bhsd" }: WriteRowsOptions,
): Tensor4D {
  checkLayout(layout);
  const axis = rowAxis(layout);
  const [size, count] = [buffer.shape[axis]!, rows.shape[axis]!];
  const same = buffer.shape.every((other, n) => n === axis || other === rows.shape[n]);
  // By hand first, since this runs for each token.
  if (buffer.rank !== 4 || rows.rank !== 4 || !same) {
    const pattern = (rows: string) => (layout === "bhsd" ? `heads ${rows}` : `${rows} heads`);
    checkShapes(
      ["buffer", buffer, `batch ${pattern("size")} width`],
      ["rows", rows, `batch ${pattern("count")} width`],
    );
  }
  if (!(Number.isInteger(start) && start >= 0)) {
    throw new RangeError(`start: expected a whole number from 0, got ${start}`);
  }
  if (start + count > size) {
    throw new ShapeError(`rows: expected at most ${size - start} rows at ${start}, got ${count}`);
  }
  const inputs = { buffer, rows };
  return runKernelOr("TxWriteRows", inputs, { layout, start, overwrite }, writeRowsReference);
}
