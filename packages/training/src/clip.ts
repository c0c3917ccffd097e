import {
  add,
  div,
  minimum,
  mul,
  type Scalar,
  sqrt,
  square,
  stack,
  sum,
  type Tensor,
  tidy,
} from "@tensorflow/tfjs-core";

/**
 * The L2 norm over all gradients together.
 *
 * @returns A scalar on the device; the caller disposes it.
 * @throws RangeError if there are no gradients.
 */
export function globalNorm(gradients: ReadonlyMap<string, Tensor>): Scalar {
  if (gradients.size === 0) throw new RangeError("gradients: expected at least one, got none");
  // Not addN: tfjs 4.22.0's webgpu backend binds a buffer an addend, more than a device allows.
  return tidy(() => {
    const squares = [...gradients.values()].map((gradient) => sum(square(gradient)));
    const total: Scalar = sum(stack(squares));
    return sqrt(total);
  });
}

/**
 * What gradients of a given norm are to be multiplied by, so that their norm is at most maxNorm:
 * min(1, maxNorm / (norm + 1e-6)). Nothing is read back to the host.
 *
 * @returns A scalar; the caller disposes it.
 * @throws RangeError if maxNorm is not positive.
 * @see Pascanu et al. 2013, On the difficulty of training recurrent neural networks, algorithm 1
 */
export function clipCoefficient(norm: Scalar, maxNorm: number): Scalar {
  checkMaxNorm(maxNorm);
  // 1e-6 as in torch, so that a norm of zero divides.
  return tidy(() => minimum(div(maxNorm, add(norm, 1e-6)), 1) as Scalar);
}

export interface Clipped {
  gradients: Map<string, Tensor>;
  /** Before clipping. */
  norm: Scalar;
}

/**
 * Gradients scaled down together where their global norm is over maxNorm.
 *
 * @returns New tensors, which the caller disposes; those given stay as they were.
 * @throws RangeError if there are no gradients or maxNorm is not positive.
 */
export function clipByGlobalNorm(gradients: ReadonlyMap<string, Tensor>, maxNorm: number): Clipped {
  checkMaxNorm(maxNorm);
  const norm = globalNorm(gradients);
  const coefficient = clipCoefficient(norm, maxNorm);
  const clipped = new Map([...gradients].map(([path, g]) => [path, mul(g, coefficient)]));
  coefficient.dispose();
  return { gradients: clipped, norm };
}

function checkMaxNorm(maxNorm: number): void {
  if (!(maxNorm > 0)) throw new RangeError(`maxNorm: expected a positive number, got ${maxNorm}`);
}
