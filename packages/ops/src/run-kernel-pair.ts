import type { Tensor } from "@tensorflow/tfjs-core";
import { type KernelAttributes, type KernelInputs, runKernelOr } from "./run-kernel";
import { withGradient } from "./with-gradient";

/**
 * Runs an operation with a gradient for each of its inputs, both by an engine's kernels or by the
 * references: `kernelName` of the inputs, and `kernelName` + "Grad" of the inputs and dy.
 */
export function runKernelPair<
  T extends Tensor,
  Inputs extends KernelInputs,
  Attributes extends KernelAttributes,
>(
  kernelName: string,
  inputs: Inputs,
  attributes: Attributes,
  reference: (inputs: Inputs, attributes: Attributes) => Tensor,
  gradReference: (inputs: Inputs & { dy: Tensor }, attributes: Attributes) => Tensor | Tensor[],
): T {
  return withGradient(inputs, () => [
    runKernelOr(kernelName, inputs, attributes, reference),
    inputs,
    (told) => runKernelOr(`${kernelName}Grad`, told, attributes, gradReference),
  ]);
}
