import type { Tensor, Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import { runLinear } from "./run-linear";

export interface LinearEpilogue {
  /** [..., outputs], added in the same pass, as where a layer's input goes on beside it. */
  residual?: Tensor | undefined;
}

/**
 * x · kernel + bias + residual over the last axis of x; with an activation, see {@link activatedLinear}.
 *
 * The reference goes through rank 2, the only product with a gradient and a fast path on every
 * tfjs 4.22.0 backend (a [b, s, i] · [i, o] matMul has no gradient there, tfjs #8721).
 *
 * Kernel contract: `TxLinear` {x [..., inputs], kernel, bias?, residual?} {activation, withSums} →
 * [..., outputs]; with withSums, which only comes with an activation, [output, sums], the sums as they
 * are before it. `TxLinearGrad` {x, kernel, dy, sums?} {hasBias, activation} → [dx, dKernel, dBias?].
 * The activation is "linear" here. The residual's gradient is dy and asks for no kernel.
 *
 * @param x [..., inputs]
 * @param kernel [inputs, outputs]
 * @param bias [outputs]
 * @returns [..., outputs]
 * @throws ShapeError if the sizes do not fit.
 */
export function linear<T extends Tensor>(
  x: T,
  kernel: Tensor2D,
  bias?: Tensor1D,
  { residual }: LinearEpilogue = {},
): T {
  return runLinear(x, kernel, bias, residual);
}
