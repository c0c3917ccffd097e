import type { Tensor } from "@tensorflow/tfjs-core";
import { runKernelOr } from "../run-kernel";
import { ShapeError } from "../shapes";
import { type AdamWAttributes, adamWReference } from "./reference";

/** What one update reads; all float32 and of one shape. */
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
  /**
   * Whether parameter and moments may be updated where they are, which saves room and time. Then
   * go on with the tensors returned only, by assigning them to the variables given: those may hold
   * new numbers already. What somebody else holds, a clone of a variable say, never changes.
   * Default false: tensors given stay as they were.
   */
  overwrite?: boolean;
  /**
   * Whether a gradientScale of NaN leaves parameter and moments as they were: an update that is left
   * out without anything being read from the device. Default false.
   */
  skipNaN?: boolean;
}

/** Tensors of the caller's own, which it disposes or assigns. */
export interface AdamWOutputs {
  parameter: Tensor;
  firstMoment: Tensor;
  secondMoment: Tensor;
}

/**
 * One AdamW update of one parameter.
 *
 * Kernel contract: `TxAdamW` {parameter, gradient, firstMoment, secondMoment, gradientScale?}
 * {beta1, beta2, eps, stepSize, secondCorrection, keep, overwrite, skipNaN?} → [parameter,
 * firstMoment, secondMoment]; skipNaN is there only where it is true. With overwrite an engine may write a result over its input and hand out the same
 * data once more, each of the three by itself, provided that the input alone holds its data (a
 * reference count of one) and is not a second input too; all memory is to be got before the first
 * number is overwritten, so that a failed update changes nothing. The reference never overwrites:
 * tfjs 4.22.0's wasm backend keeps packed copies of weights by tensor id and would go on using the
 * old numbers.
 *
 * @throws ShapeError if the four differ in shape or the scale is no scalar; RangeError if step is
 *   not a whole number ≥ 1 or a tensor is not float32.
 * @see Loshchilov and Hutter 2019, Decoupled Weight Decay Regularization, algorithm 2,
 *   https://arxiv.org/abs/1711.05101
 */
export function adamWUpdate(inputs: AdamWInputs, options: AdamWUpdateOptions): AdamWOutputs {
  const { rate, step, beta1 = 0.9, beta2 = 0.999, eps = 1e-8, weightDecay = 0 } = options;
  checkInputs(inputs);
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
  const { overwrite = false, skipNaN = false } = options;
  const flags = { overwrite, ...(skipNaN && inputs.gradientScale && { skipNaN }) };
  const { parameter, gradient, firstMoment, secondMoment, gradientScale } = inputs;
  const read = { parameter, gradient, firstMoment, secondMoment, gradientScale };
  const [p, m, v] = runKernelOr("TxAdamW", read, { ...attributes, ...flags }, () =>
    adamWReference(read, attributes, flags.skipNaN),
  ) as [Tensor, Tensor, Tensor];
  return { parameter: p, firstMoment: m, secondMoment: v };
}

function checkInputs({ gradientScale, ...inputs }: AdamWInputs): void {
  const { shape } = inputs.parameter;
  for (const [name, tensor] of Object.entries(inputs)) {
    if (tensor.shape.join() !== shape.join()) {
      throw new ShapeError(
        `${name}: expected [${shape.join(", ")}], got [${tensor.shape.join(", ")}]`,
      );
    }
  }
  if (gradientScale && gradientScale.size !== 1) {
    throw new ShapeError(`gradientScale: expected [], got [${gradientScale.shape.join(", ")}]`);
  }
  for (const [name, tensor] of Object.entries({ ...inputs, gradientScale })) {
    if (tensor && tensor.dtype !== "float32") {
      throw new RangeError(`${name}: expected float32, got ${tensor.dtype}`);
    }
  }
}
