import type { TensorInfo } from "@tensorflow/tfjs-core";
import { util } from "@tensorflow/tfjs-core";
import type { SimdBackend } from "../backend";
import { simdKernel } from "../simd-kernel";

/** Numbers whose squares are added up at a time. */
const BLOCK = 8192;

/** The root of the sum of all squares: float64 sums of fixed blocks, added in order. */
function globalNorm(backend: SimdBackend, tensors: TensorInfo[]): TensorInfo {
  const table: number[] = [];
  let size = 0;
  for (const tensor of tensors) {
    const [address, count] = [backend.addressOf(tensor), util.sizeFromShape(tensor.shape)];
    for (let at = 0; at < count; at += BLOCK) {
      table.push(address + at * 4, Math.min(BLOCK, count - at));
    }
    size += count;
  }
  const blocks = table.length / 2;
  const sums = backend.reserve(4 * blocks);
  try {
    const lines = sums + 8 * blocks;
    backend.heap.ints.set(table, lines / 4);
    backend.run("sumSquares", [lines, sums], blocks, size / 4);
    const squares = new Float64Array(backend.heap.buffer, sums, blocks);
    return scalarOf(backend, Math.sqrt(squares.reduce((total, square) => total + square, 0)));
  } finally {
    backend.heap.release(sums);
  }
}

/** min(1, maxNorm / (norm + 1e-6)); the norm is in memory already, so no kernel is worth it. */
function clipCoefficient(backend: SimdBackend, norm: TensorInfo, maxNorm: number): TensorInfo {
  const address = backend.addressOf(norm);
  return scalarOf(backend, Math.min(1, maxNorm / (backend.heap.floats[address / 4]! + 1e-6)));
}

function scalarOf(backend: SimdBackend, value: number): TensorInfo {
  const output = backend.output([]);
  const address = backend.addressOf(output);
  backend.heap.floats[address / 4] = value;
  return output;
}

export const clipKernels = [
  simdKernel<Record<string, TensorInfo>>("TxGlobalNorm", ({ inputs, backend }) =>
    globalNorm(backend, Object.values(inputs)),
  ),
  simdKernel<{ norm: TensorInfo }, { maxNorm: number }>(
    "TxClipCoefficient",
    ({ inputs, attrs, backend }) => clipCoefficient(backend, inputs.norm, attrs.maxNorm),
  ),
];
