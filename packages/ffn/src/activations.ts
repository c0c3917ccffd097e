import { relu, type Tensor } from "@tensorflow/tfjs-core";
import { registerGradients } from "@tx/core";
import { gelu, silu } from "@tx/ops";

export { silu } from "@tx/ops";

/** A function of one number, element by element; any shape to the same shape. */
export type Activation = <T extends Tensor>(x: T) => T;

/** "gelu" is the exact form, "gelu-tanh" the approximation of GPT-2. */
export type ActivationName = keyof typeof activations;

export const activations = {
  relu: <T extends Tensor>(x: T): T => {
    registerGradients();
    return relu(x);
  },
  gelu: <T extends Tensor>(x: T): T => gelu(x, "erf"),
  "gelu-tanh": <T extends Tensor>(x: T): T => gelu(x, "tanh"),
  silu,
} satisfies Record<string, Activation>;

/**
 * An activation by name; a function is taken as it is.
 *
 * @throws RangeError for an unknown name, listing the known ones.
 */
export function activationOf(activation: ActivationName | Activation): Activation {
  if (typeof activation === "function") return activation;
  // Own names only: "constructor" is a name that every object has.
  const found = Object.hasOwn(activations, activation) ? activations[activation] : undefined;
  if (!found) {
    const known = Object.keys(activations).join(", ");
    throw new RangeError(`activation: expected one of ${known}, got "${activation}"`);
  }
  return found;
}
