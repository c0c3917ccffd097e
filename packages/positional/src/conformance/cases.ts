import { slice, type Tensor3D, type Tensor4D, tensor3d } from "@tensorflow/tfjs-core";
import { type ConformanceSizes, noise, type Subject } from "./subject";

/** Rows of the batch that the checks run on. */
export const BATCH = 2;

/** Hidden states [batch, seq, dModel]: of a longer text the same ones first. */
export function hiddenOf({ dModel }: ConformanceSizes, seq: number, batch = BATCH): Tensor3D {
  const rows = Array.from({ length: batch }, (_, row) => noise(seq * dModel, 10 + row));
  const numbers = new Float32Array(batch * seq * dModel);
  rows.forEach((row, n) => {
    numbers.set(row, n * seq * dModel);
  });
  return tensor3d(numbers, [batch, seq, dModel]);
}

/** Some rows of [batch, heads, seq, headDim]. */
export function rowsOf(x: Tensor4D, from: number, count: number): Tensor4D {
  return slice(x, [0, 0, from, 0], [-1, -1, count, -1]);
}

/** The same of numbers that have been read: [batch, heads, seq, headDim]. */
export function rowsIn(
  numbers: Float32Array,
  { seq, headDim }: { seq: number; headDim: number },
  from: number,
  count: number,
): Float32Array {
  return numbers.filter((_, at) => {
    const row = Math.floor(at / headDim) % seq;
    return row >= from && row < from + count;
  });
}

/** The numbers of the layers that the strategy serves. */
export function layersOf({ sizes }: Subject): number[] {
  return Array.from({ length: sizes.layers }, (_, layer) => layer);
}
