import { clone, engine, type Tensor, type Tensor1D, type Tensor2D } from "@tensorflow/tfjs-core";
import { runKernelOr } from "../run-kernel";
import { withGradient } from "../with-gradient";
import { checkLinear } from "./check";
import {
  type LinearActivation,
  type LinearForward,
  type LinearInputs,
  linearGradReference,
  linearReference,
} from "./reference";

export interface LinearEpilogue {
  /** What is done to each sum: "relu", "gelu", "gelu-tanh", "silu", or nothing, "linear", by default. */
  activation?: LinearActivation | undefined;
  /** [..., outputs], added after the activation, as where a layer's input goes on beside it. */
  residual?: Tensor | undefined;
}

/**
 * activation(x · kernel + bias) + residual over the last axis of x.
 *
 * The reference goes through rank 2, the only product with a gradient and a fast path on every
 * tfjs 4.22.0 backend (a [b, s, i] · [i, o] matMul has no gradient there, tfjs #8721).
 *
 * Kernel contract: `TxLinear` {x [..., inputs], kernel, bias?, residual?} {activation, withSums} →
 * [..., outputs]; with withSums, which only comes with an activation, [output, sums], the sums as they
 * are before it. `TxLinearGrad` {x, kernel, dy, sums?} {hasBias, activation} → [dx, dKernel, dBias?].
 * The residual's gradient is dy and asks for no kernel.
 *
 * @param x [..., inputs]
 * @param kernel [inputs, outputs]
 * @param bias [outputs]
 * @returns [..., outputs]
 * @throws ShapeError if the sizes do not fit; RangeError for an unknown activation.
 */
export function linear<T extends Tensor>(
  x: T,
  kernel: Tensor2D,
  bias?: Tensor1D,
  { activation = "linear", residual }: LinearEpilogue = {},
): T {
  checkLinear(x, kernel, bias, activation, residual);
  const inputs = { x, kernel, bias, residual };
  return withGradient(inputs, () => {
    // Only a gradient asks for the sums.
    const withSums = activation !== "linear" && engine().state.gradientDepth > 0;
    const made = runKernelOr<Tensor | Tensor[], LinearInputs, LinearForward>(
      "TxLinear",
      inputs,
      { activation, withSums },
      linearReference,
    );
    const [value, sums] = Array.isArray(made) ? made : [made];
    const attributes = { hasBias: bias !== undefined, activation };
    return [
      value!,
      { x: x as Tensor, kernel, sums },
      (told) => {
        const gradients = runKernelOr("TxLinearGrad", told, attributes, linearGradReference);
        return residual ? [...gradients, clone(told.dy)] : gradients;
      },
    ];
  });
}
