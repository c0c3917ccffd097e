import { concat, slice, type Tensor, type Tensor4D } from "@tensorflow/tfjs-core";

/** The buffer with some rows replaced, as a new tensor in stock operations. */
export function writeRowsReference(buffer: Tensor4D, rows: Tensor4D, start: number): Tensor {
  const [batch, heads, size, width] = buffer.shape;
  const end = start + rows.shape[2];
  const before = slice(buffer, [0, 0, 0, 0], [batch, heads, start, width]);
  const after = slice(buffer, [0, 0, end, 0], [batch, heads, size - end, width]);
  return concat([before, rows, after], 2);
}
