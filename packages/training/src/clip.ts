import { mul, type Scalar, type Tensor } from "@tensorflow/tfjs-core";
import { clipCoefficient, globalNorm as normOf } from "@tx/ops";

export { clipCoefficient } from "@tx/ops";

/**
 * The L2 norm over all gradients together.
 *
 * @returns A scalar on the device; the caller disposes it.
 * @throws RangeError if there are no gradients or one is not float32.
 */
export function globalNorm(gradients: ReadonlyMap<string, Tensor>): Scalar {
  if (gradients.size === 0) throw new RangeError("gradients: expected at least one, got none");
  return normOf([...gradients.values()]);
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
  const norm = globalNorm(gradients);
  const coefficient = coefficientOf(norm, maxNorm);
  const clipped = new Map([...gradients].map(([path, g]) => [path, mul(g, coefficient)]));
  coefficient.dispose();
  return { gradients: clipped, norm };
}

/** Frees the norm where the coefficient is refused. */
function coefficientOf(norm: Scalar, maxNorm: number): Scalar {
  try {
    return clipCoefficient(norm, maxNorm);
  } catch (error) {
    norm.dispose();
    throw error;
  }
}
