import { type GradSaveFunc, type Tensor, Variable } from "@tensorflow/tfjs-core";

/**
 * Saves what an operation's gradient will read.
 *
 * Variables are not saved but taken as they are: they outlive the pass. Saving clones, which copies
 * the numbers on wasm, and makes a second holder that keeps an engine from updating in place.
 *
 * @returns Gives the same tensors, in their order, from those that tfjs hands the gradient.
 */
export function saveForGradient(
  save: GradSaveFunc,
  tensors: readonly Tensor[],
): (saved: readonly Tensor[]) => Tensor[] {
  save(tensors.filter((tensor) => !(tensor instanceof Variable)));
  return (saved) => {
    const clones = saved.values();
    return tensors.map((tensor) =>
      tensor instanceof Variable ? tensor : (clones.next().value as Tensor),
    );
  };
}
