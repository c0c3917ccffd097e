import { clipByValue, dispose, mul, type Scalar, type Tensor } from "@tensorflow/tfjs-core";
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

/**
 * Gradients with every entry brought into [−limit, limit]. Unlike clipping by the norm this turns
 * their direction.
 *
 * @returns New tensors, which the caller disposes; those given stay as they were.
 * @throws RangeError if there are no gradients, one is not float32, or limit is not positive.
 */
export function clipGradientsByValue(
  gradients: ReadonlyMap<string, Tensor>,
  limit: number,
): Map<string, Tensor> {
  if (gradients.size === 0) throw new RangeError("gradients: expected at least one, got none");
  if (!(limit > 0)) throw new RangeError(`limit: expected a positive number, got ${limit}`);
  for (const [path, { dtype }] of gradients) {
    if (dtype !== "float32") throw new RangeError(`${path}: expected float32, got ${dtype}`);
  }
  const clipped = new Map<string, Tensor>();
  try {
    for (const [path, gradient] of gradients) {
      clipped.set(path, clipByValue(gradient, -limit, limit));
    }
    return clipped;
  } catch (error) {
    dispose([...clipped.values()]);
    throw error;
  }
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
