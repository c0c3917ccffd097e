import { type TensorInfo, util } from "@tensorflow/tfjs-core";
import { simdKernel } from "../simd-kernel";

interface Inputs {
  buffer: TensorInfo;
  rows: TensorInfo;
}

interface Attributes {
  layout: "bhsd" | "bshd";
  start: number;
  overwrite: boolean;
}

/** A buffer with some rows replaced: in place where it may be and no other tensor shares it. */
const writeRows = simdKernel<Inputs, Attributes>(
  "TxWriteRows",
  ({ inputs: { buffer, rows }, attrs: { layout, start, overwrite }, backend }) => {
    const { size, count, heads, width } = sizesOf(buffer.shape, rows.shape, layout);
    const source = backend.addressOf(buffer);
    const from = backend.addressOf(rows);
    const inPlace = overwrite && backend.refCount(buffer.dataId) === 1;
    const result = inPlace ? { ...buffer } : backend.output(buffer.shape);
    if (inPlace) backend.incRef(buffer.dataId);
    const to = backend.addressOf(result);
    const { bytes } = backend.heap;
    if (!inPlace) bytes.copyWithin(to, source, source + util.sizeFromShape(buffer.shape) * 4);
    // A handful of copies of a few hundred bytes: sharing them out would cost more.
    for (let head = 0; head < heads; head++) {
      const row = from + head * count * width * 4;
      bytes.copyWithin(to + (head * size + start) * width * 4, row, row + count * width * 4);
    }
    return result;
  },
);

/** Heads that lie side by side are one, of wider rows. */
function sizesOf(buffer: readonly number[], rows: readonly number[], layout: "bhsd" | "bshd") {
  const [batch, second, third, width] = buffer as [number, number, number, number];
  return layout === "bshd"
    ? { heads: batch, size: second, count: rows[1]!, width: third * width }
    : { heads: batch * second, size: third, count: rows[2]!, width };
}

export const writeRowsKernels = [writeRows];
