import { type Tensor, tidy, type Variable, variable } from "@tensorflow/tfjs-core";
import { explainMissingGradients } from "@tx/ops";
import { variableMaker } from "./variable-maker";

/** Makes the first value of a parameter of a given shape. */
export type Initializer = (shape: number[]) => Tensor;

export interface ParameterOptions {
  /** False: state beside the parameters, such as running statistics. Default true. */
  trainable?: boolean;
}

/**
 * A variable of a given shape, trainable unless told otherwise.
 *
 * tfjs-core 4.22.0 alone has no gradients: who takes one by tfjs's own functions before
 * {@link registerGradients} is told to call it.
 */
export function parameter(
  shape: number[],
  init: Initializer,
  { trainable = true }: ParameterOptions = {},
): Variable {
  explainMissingGradients();
  const make = variableMaker();
  if (make) return make(shape, trainable);
  // tidy frees the tensor that the variable was made from, which tf.variable keeps.
  return tidy(() => variable(init(shape), trainable));
}
