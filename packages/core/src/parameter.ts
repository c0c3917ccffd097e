import { type Tensor, tidy, type Variable, variable } from "@tensorflow/tfjs-core";
import { registerGradients } from "@tx/ops";

/** Makes the first value of a parameter of a given shape. */
export type Initializer = (shape: number[]) => Tensor;

/**
 * A trainable variable of a given shape.
 *
 * Also sees to it that tfjs can differentiate at all: tfjs-core 4.22.0 alone registers no
 * gradients, so whoever has a parameter gets those that are missing.
 */
export function parameter(shape: number[], init: Initializer): Variable {
  registerGradients();
  // tidy frees the tensor that the variable was made from, which tf.variable keeps.
  return tidy(() => variable(init(shape)));
}
