import { engine, type Tensor } from "@tensorflow/tfjs-core";
import type { Gradient, KernelName } from "./gradient";

/**
 * The gradient of y = f(x) where y is the better thing to know: the next kernel mostly keeps it
 * until the backward pass anyway, x it does not.
 *
 * tfjs 4.22.0 writes a saved output on its tape ahead of the kernel that it comes from, so that
 * no further derivative finds its way from y back to x. Where one gradient is taken inside
 * another, x is saved too and y worked out anew.
 *
 * @param input What the kernel calls x.
 */
export function byOutput<Attributes extends object>(
  kernelName: KernelName,
  f: (x: Tensor, attributes: Attributes) => Tensor,
  derivative: (dy: Tensor, y: Tensor, attributes: Attributes) => Tensor,
  input = "x",
): Gradient {
  return {
    kernelName,
    get inputsToSave() {
      return engine().state.gradientDepth > 1 ? [input] : [];
    },
    outputsToSave: [true],
    gradFunc: (dy: Tensor, saved, attributes: Attributes) => ({
      [input]: () => {
        const [first, second] = saved as [Tensor, Tensor?];
        return derivative(dy, second ? f(first, attributes) : first, attributes);
      },
    }),
  };
}
