import type { Tensor } from "@tensorflow/tfjs-core";

/**
 * A kernel's gradient, in the form that tfjs's registry takes.
 *
 * Each function that gradFunc returns runs in a tidy of its own, later, and only if that input
 * leads back to a variable. It must return a new tensor, never dy or a saved one: tfjs disposes
 * what it has added up.
 */
export interface Gradient {
  readonly kernelName: string;
  /** Inputs to keep until the backward pass; all of them if saveAllInputs (a list of tensors). */
  readonly inputsToSave?: string[];
  readonly saveAllInputs?: boolean;
  /** Outputs to keep, after the inputs in saved. */
  readonly outputsToSave?: boolean[];
  // A method, so that each kernel can name the tensors and attributes that it really gets.
  gradFunc(
    dy: Tensor | Tensor[],
    saved: Tensor[],
    attributes: object,
  ): Record<string, () => Tensor>;
}
