import { getGradient, registerGradient } from "@tensorflow/tfjs-core";
import type { KernelName } from "./gradient";

/** Nearly every loss ends in one of them, or has one on its way. */
const common: readonly KernelName[] = ["Add", "Mean", "Reshape", "Sum"];

/** Whether this only stands for a gradient; of another copy of this package in the process too. */
export const isStandIn = (gradient: object) => "isStandIn" in gradient;

function missing(): never {
  throw new Error(
    "gradients: expected those of TensorFlow.js, got none; call registerGradients() of @tx/core",
  );
}

/**
 * Lets those who take a gradient through stock kernels read what they have to call, where tfjs-core
 * alone would name a kernel. Gradients that are registered, now or later, stay.
 */
export function explainMissingGradients(): void {
  for (const kernelName of common) {
    const standIn = { kernelName, gradFunc: missing, isStandIn: true };
    if (!getGradient(kernelName)) registerGradient(standIn);
  }
}
