import {
  add,
  div,
  minimum,
  type Scalar,
  sqrt,
  square,
  stack,
  sum,
  type Tensor,
} from "@tensorflow/tfjs-core";

/** The root of the sum of all squares, in stock operations. */
export function globalNormReference(tensors: readonly Tensor[]): Scalar {
  // Not addN: tfjs 4.22.0's webgpu backend binds a buffer an addend, more than a device allows.
  const total: Scalar = sum(stack(tensors.map((tensor) => sum(square(tensor)))));
  return sqrt(total);
}

/** min(1, maxNorm / (norm + 1e-6)), in stock operations. */
export function clipCoefficientReference(
  { norm }: { norm: Scalar },
  { maxNorm }: { maxNorm: number },
): Scalar {
  return minimum(div(maxNorm, add(norm, 1e-6)), 1);
}
