import type * as tf from "@tensorflow/tfjs-core";
import type { Tensor } from "@tensorflow/tfjs-core";

type Names = {
  [Name in keyof typeof tf]: (typeof tf)[Name] extends Name ? Name : never;
};

/**
 * A kernel by its name. The text itself, where tfjs has a constant for each: a bundle that imports a
 * hundred constants names each of them twice.
 */
export type KernelName = Names[keyof typeof tf];

/**
 * A kernel's gradient, in the form that tfjs's registry takes.
 *
 * Each function that gradFunc returns runs in a tidy of its own, later, and only if that input
 * leads back to a variable. It must return a new tensor, never dy or a saved one: tfjs disposes
 * what it has added up.
 */
export interface Gradient {
  readonly kernelName: KernelName;
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

/** What a kernel's gradient reads: as many tensors as were to be saved. */
type Saved = [Tensor, Tensor];

/**
 * The gradient of a kernel whose inputs are known by name.
 *
 * @param inputsToSave Inputs to keep until the backward pass.
 * @param shares Each input's gradient from that of the output, a list where it has several.
 */
export function gradientOf<Attributes extends object, Dy = Tensor>(
  kernelName: KernelName,
  inputsToSave: string[],
  shares: Record<string, (dy: Dy, saved: Saved, attributes: Attributes) => Tensor>,
  outputsToSave: boolean[] = [],
): Gradient {
  return {
    kernelName,
    inputsToSave,
    outputsToSave,
    gradFunc: (dy, saved, attributes) =>
      Object.fromEntries(
        Object.entries(shares).map(([input, share]) => [
          input,
          () => share(dy as Dy, saved as Saved, attributes as Attributes),
        ]),
      ),
  };
}
