import { type Tensor2D, tensor2d } from "@tensorflow/tfjs-core";
import { ShapeError } from "@tx/core";

/** Whole numbers in rows of one length, on the host: a batch before it becomes a tensor. */
export interface IntRows {
  /** Row after row. */
  readonly values: Int32Array;
  readonly shape: readonly [rows: number, columns: number];
}

/**
 * The rows as a tensor [rows, columns]; the caller disposes it.
 *
 * @param dtype Default "int32"; "bool" for rows of zeros and ones, such as visible tokens.
 * @throws ShapeError if the values are not as many as the shape says.
 */
export function rowsTensor(
  { values, shape }: IntRows,
  dtype: "int32" | "bool" = "int32",
): Tensor2D {
  const [rows, columns] = shape;
  if (values.length !== rows * columns) {
    throw new ShapeError(`rows: expected ${rows} × ${columns} values, got ${values.length}`);
  }
  // A copy: the cpu backend keeps the array that it is given.
  return tensor2d(
    dtype === "bool" ? Uint8Array.from(values) : values.slice(),
    [rows, columns],
    dtype,
  );
}

/** Rows by their numbers, copied, in that order. */
export function takeRows({ values, shape: [, columns] }: IntRows, numbers: Int32Array): IntRows {
  const taken = new Int32Array(numbers.length * columns);
  for (const [to, from] of numbers.entries()) {
    taken.set(values.subarray(from * columns, (from + 1) * columns), to * columns);
  }
  return { values: taken, shape: [numbers.length, columns] };
}
