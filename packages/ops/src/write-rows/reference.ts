import { concat, type Tensor4D } from "@tensorflow/tfjs-core";
import type { AttentionLayout } from "../attention/call";
import { rowAxis, sliceAxis } from "../attention/layout";

/** The buffer with some rows replaced, as a new tensor in stock operations. */
export function writeRowsReference(
  { buffer, rows }: { buffer: Tensor4D; rows: Tensor4D },
  { layout, start }: { layout: AttentionLayout; start: number },
): Tensor4D {
  const axis = rowAxis(layout);
  const end = start + rows.shape[axis]!;
  const before = sliceAxis(buffer, axis, 0, start);
  const after = sliceAxis(buffer, axis, end, buffer.shape[axis]! - end);
  return concat([before, rows, after] as Tensor4D[], axis);
}
