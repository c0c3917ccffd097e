import { dot, engine, ones, reshape, sum, type Tensor, zeros } from "@tensorflow/tfjs-core";

/**
 * Sums over all axes but the last, [..., width] to [width].
 *
 * tfjs 4.22.0's wasm backend sums over a leading axis by transposing first: 1.2 ms for 768 · 512
 * numbers on one core, where a product with a row of ones takes 0.04.
 */
export function sumRows(x: Tensor): Tensor {
  const width = x.shape.at(-1)!;
  const rows = x.size / width;
  // tfjs 4.22.0's webgpu backend cannot sum no rows.
  if (!rows) return zeros([width]);
  const matrix = reshape(x, [rows, width]);
  return engine().backendName === "wasm" ? dot(ones([rows]), matrix) : sum(matrix, 0);
}
