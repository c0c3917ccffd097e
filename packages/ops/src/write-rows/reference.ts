import { concat, type Tensor, type Tensor4D } from "@tensorflow/tfjs-core";
import { sliceAxis } from "../attention/layout";

/** The buffer with some rows replaced, as a new tensor in stock operations. */
export function writeRowsReference(
  buffer: Tensor4D,
  rows: Tensor4D,
  axis: number,
  start: number,
): Tensor {
  const end = start + rows.shape[axis]!;
  const before = sliceAxis(buffer, axis, 0, start);
  const after = sliceAxis(buffer, axis, end, buffer.shape[axis]! - end);
  return concat([before, rows, after], axis);
}
