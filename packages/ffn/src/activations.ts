import { relu, square, type Tensor, tidy } from "@tensorflow/tfjs-core";
import { gelu, type LinearActivation, silu } from "@tx/ops";
import { mish } from "./mish";

export { silu } from "@tx/ops";

/** A function of one number, element by element; any shape to the same shape. */
export type Activation = <T extends Tensor>(x: T) => T;

/**
 * "gelu" is the exact form, "gelu-tanh" the approximation of GPT-2, "squared-relu" relu(x)² of Primer.
 *
 * @see So et al. 2021, Primer, https://arxiv.org/abs/2109.08668
 */
export type ActivationName = keyof typeof activations;

export const activations = {
  relu: <T extends Tensor>(x: T): T => relu(x),
  "squared-relu": <T extends Tensor>(x: T): T => tidy(() => square(relu(x))),
  gelu: <T extends Tensor>(x: T): T => gelu(x, "erf"),
  "gelu-tanh": <T extends Tensor>(x: T): T => gelu(x, "tanh"),
  silu,
  mish,
} satisfies Record<string, Activation>;

/**
 * An activation by name; a function is taken as it is.
 *
 * @param others Further names that an error lists, of what the caller knows besides.
 * @throws RangeError for an unknown name, listing the known ones.
 */
export function activationOf(
  activation: ActivationName | Activation,
  others: readonly string[] = [],
): Activation {
  if (typeof activation === "function") return activation;
  // Own names only: "constructor" is a name that every object has.
  const found = Object.hasOwn(activations, activation) ? activations[activation] : undefined;
  if (!found) {
    const known = [...others, ...Object.keys(activations)].join(", ");
    throw new RangeError(`activation: expected one of ${known}, got "${activation}"`);
  }
  return found;
}

const fused: readonly string[] = ["relu", "gelu", "gelu-tanh", "silu"] satisfies LinearActivation[];

/** The name, where it is of an activation that a linear map can apply in the same pass. */
export function fusedActivation(
  activation: ActivationName | Activation,
): LinearActivation | undefined {
  const isFused = typeof activation === "string" && fused.includes(activation);
  return isFused ? (activation as LinearActivation) : undefined;
}
