import {
  getBackend,
  matMul,
  ones,
  reshape,
  sum,
  type Tensor,
  util,
  zeros,
} from "@tensorflow/tfjs-core";

/**
 * Sums over all axes but the last, [..., width] to [width].
 *
 * tfjs 4.22.0's wasm backend sums over a leading axis by transposing first: 1.2 ms for 768 · 512
 * numbers on one core, where a product with a row of ones takes 0.04.
 */
export function sumRows(x: Tensor): Tensor {
  const width = x.shape[x.rank - 1]!;
  const rows = util.sizeFromShape(x.shape) / width;
  // tfjs 4.22.0's webgpu backend cannot sum no rows.
  if (!(rows > 0)) return zeros([width]);
  if (getBackend() !== "wasm") {
    return sum(
      x,
      x.shape.slice(0, -1).map((_, axis) => axis),
    );
  }
  return reshape(matMul(ones([1, rows]), reshape(x, [rows, width])), [width]);
}
