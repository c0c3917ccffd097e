import { type TensorInfo, util } from "@tensorflow/tfjs-core";
import { simdKernel } from "../simd-kernel";

interface Inputs {
  buffer: TensorInfo;
  rows: TensorInfo;
}

/** A buffer with some rows replaced: in place where it may be and no other tensor shares it. */
const writeRows = simdKernel<Inputs, { start: number; overwrite: boolean }>(
  "TxWriteRows",
  ({ inputs: { buffer, rows }, attrs: { start, overwrite }, backend }) => {
    const [batch, heads, size, width] = buffer.shape as [number, number, number, number];
    const count = rows.shape[2]!;
    const source = backend.addressOf(buffer);
    const from = backend.addressOf(rows);
    const inPlace = overwrite && backend.refCount(buffer.dataId) === 1;
    const result = inPlace ? { ...buffer } : backend.output(buffer.shape);
    if (inPlace) backend.incRef(buffer.dataId);
    const to = backend.addressOf(result);
    const { bytes } = backend.heap;
    if (!inPlace) bytes.copyWithin(to, source, source + util.sizeFromShape(buffer.shape) * 4);
    // A handful of copies of a few hundred bytes: sharing them out would cost more.
    for (let head = 0; head < batch * heads; head++) {
      const row = from + head * count * width * 4;
      bytes.copyWithin(to + (head * size + start) * width * 4, row, row + count * width * 4);
    }
    return result;
  },
);

export const writeRowsKernels = [writeRows];
