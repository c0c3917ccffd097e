import { type Tensor, tidy } from "@tensorflow/tfjs-core";
import { runKernelOr } from "../run-kernel";
import { ShapeError } from "../shapes";
import { type AdamWAttributes, adamWReference } from "./reference";

/** What one update reads; all of one shape. */
export interface AdamWInputs {
  parameter: Tensor;
  gradient: Tensor;
  /** Running mean of the gradient; zeros before the first update. */
  firstMoment: Tensor;
  /** Running mean of its square; zeros before the first update. */
  secondMoment: Tensor;
  /** Scalar that multiplies the gradient first, such as the coefficient of clipping. */
  gradientScale?: Tensor | undefined;
}

export interface AdamWUpdateOptions {
  /** Learning rate of this update. */
  rate: number;
  /** The update's number, from 1. */
  step: number;
  /** Default 0.9. */
  beta1?: number;
  /** Default 0.999. */
  beta2?: number;
  /** Added to the root of the corrected second moment. Default 1e-8. */
  eps?: number;
  /** Decoupled: the parameter shrinks by rate · weightDecay. Default 0. */
  weightDecay?: number;
}

/** New tensors; the caller owns them, and those it gave stay as they were. */
export interface AdamWOutputs {
  parameter: Tensor;
  firstMoment: Tensor;
  secondMoment: Tensor;
}

/**
 * One AdamW update of one parameter.
 *
 * Kernel contract: `TxAdamW` {parameter, gradient, firstMoment, secondMoment, gradientScale?}
 * {beta1, beta2, eps, stepSize, secondCorrection, keep} → [parameter, firstMoment, secondMoment].
 * New tensors each time, never in place: tfjs 4.22.0's wasm backend keeps packed copies of
 * weights by tensor id and would go on using the old numbers.
 *
 * @throws ShapeError if the four differ in shape; RangeError if step is not a whole number ≥ 1.
 * @see Loshchilov and Hutter 2019, Decoupled Weight Decay Regularization, algorithm 2,
 *   https://arxiv.org/abs/1711.05101
 */
export function adamWUpdate(
  { parameter, gradient, firstMoment, secondMoment, gradientScale }: AdamWInputs,
  { rate, step, beta1 = 0.9, beta2 = 0.999, eps = 1e-8, weightDecay = 0 }: AdamWUpdateOptions,
): AdamWOutputs {
  for (const [name, tensor] of Object.entries({ gradient, firstMoment, secondMoment })) {
    if (tensor.shape.join() !== parameter.shape.join()) {
      throw new ShapeError(
        `${name}: expected [${parameter.shape.join(", ")}], got [${tensor.shape.join(", ")}]`,
      );
    }
  }
  if (!(Number.isInteger(step) && step >= 1)) {
    throw new RangeError(`step: expected a whole number from 1, got ${step}`);
  }
  const attributes: AdamWAttributes = {
    beta1,
    beta2,
    eps,
    stepSize: rate / (1 - beta1 ** step),
    secondCorrection: 1 / Math.sqrt(1 - beta2 ** step),
    keep: 1 - rate * weightDecay,
  };
  const inputs = { parameter, gradient, firstMoment, secondMoment, gradientScale };
  const [p, m, v] = tidy(() =>
    runKernelOr("TxAdamW", inputs, { ...attributes }, () =>
      adamWReference(parameter, gradient, firstMoment, secondMoment, attributes, gradientScale),
    ),
  ) as [Tensor, Tensor, Tensor];
  return { parameter: p, firstMoment: m, secondMoment: v };
}
