import type { Tensor, Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import { type GateActivation, gateActivations } from "../gated/reference";
import type { LinearEpilogue } from "./linear";
import { runLinear } from "./run-linear";

/** "gelu" is exact, "gelu-tanh" its approximation; "linear" changes nothing. */
export type LinearActivation = "linear" | Exclude<GateActivation, "sigmoid">;

const activations: readonly LinearActivation[] = ["linear", "relu", "gelu", "gelu-tanh", "silu"];

/** @throws RangeError for an unknown activation. */
export function checkActivation(name: LinearActivation): void {
  if (!activations.includes(name)) {
    throw new RangeError(
      `activation: expected one of ${activations.join(", ")}, got ${JSON.stringify(name)}`,
    );
  }
}

/**
 * activation(x · kernel + bias) + residual over the last axis of x: {@link linear}, its kernel
 * contract too, with something done to each sum.
 *
 * @param x [..., inputs]
 * @param kernel [inputs, outputs]
 * @param bias [outputs]
 * @returns [..., outputs]
 * @throws ShapeError if the sizes do not fit; RangeError for an unknown activation.
 */
export function activatedLinear<T extends Tensor>(
  x: T,
  kernel: Tensor2D,
  bias: Tensor1D | undefined,
  activation: LinearActivation,
  { residual }: LinearEpilogue = {},
): T {
  checkActivation(activation);
  const curve = activation === "linear" ? undefined : gateActivations[activation];
  return runLinear(x, kernel, bias, residual, activation, curve);
}
