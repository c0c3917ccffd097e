import {
  clone,
  engine,
  type GradSaveFunc,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  tidy,
} from "@tensorflow/tfjs-core";
import { customGrad } from "../custom-grad";
import { runAlone, runKernelOr } from "../run-kernel";
import { saveForGradient } from "../save-for-gradient";
import { checkLinear } from "./check";
import { type LinearActivation, linearGradReference, linearReference } from "./reference";

export interface LinearEpilogue {
  /** What is done to each sum: "relu", "gelu", "gelu-tanh", "silu", or nothing, "linear", by default. */
  activation?: LinearActivation | undefined;
  /** [..., outputs], added after the activation, as where a layer's input goes on beside it. */
  residual?: Tensor | undefined;
}

/**
 * activation(x · kernel + bias) + residual over the last axis of x.
 *
 * The reference goes through rank 2, the only product with a gradient and a fast path on every
 * tfjs 4.22.0 backend (a [b, s, i] · [i, o] matMul has no gradient there, tfjs #8721).
 *
 * Kernel contract: `TxLinear` {x [..., inputs], kernel, bias?, residual?} {activation, withSums} →
 * [..., outputs]; with withSums, which only comes with an activation, [output, sums], the sums as they
 * are before it. `TxLinearGrad` {x, kernel, dy, sums?} {hasBias, activation} → [dx, dKernel, dBias?].
 * The residual's gradient is dy and asks for no kernel.
 *
 * @param x [..., inputs]
 * @param kernel [inputs, outputs]
 * @param bias [outputs]
 * @returns [..., outputs]
 * @throws ShapeError if the sizes do not fit; RangeError for an unknown activation.
 */
export function linear<T extends Tensor>(
  x: T,
  kernel: Tensor2D,
  bias?: Tensor1D,
  { activation = "linear", residual }: LinearEpilogue = {},
): T {
  checkLinear(x, kernel, bias, activation, residual);
  const inputs = { x, kernel, bias, residual };
  const alone = runAlone<T>("TxLinear", inputs, { activation, withSums: false });
  if (alone) return alone;
  const hasBias = bias !== undefined;
  return customGrad((...args: (Tensor | GradSaveFunc)[]) => {
    const save = args.pop() as GradSaveFunc;
    const [x, kernel, ...others] = args as [Tensor, Tensor2D, ...Tensor[]];
    const bias = hasBias ? others.shift() : undefined;
    const residual = others.shift();
    // Only a gradient asks for the sums.
    const withSums = activation !== "linear" && engine().state.gradientDepth > 0;
    const [value, ...sums] = [
      runKernelOr<Tensor | Tensor[]>(
        "TxLinear",
        { x, kernel, bias, residual },
        { activation, withSums },
        () => linearReference(x, kernel, { bias, activation, residual, withSums }),
      ),
    ].flat();
    const restore = saveForGradient(save, [x, kernel, ...sums]);
    return {
      value: value!,
      gradFunc: (dy: Tensor, saved: Tensor[]) =>
        tidy(() => {
          const [x, kernel, sums] = restore(saved) as [Tensor, Tensor2D, Tensor?];
          const attributes = { hasBias, activation };
          const gradients = runKernelOr("TxLinearGrad", { x, kernel, dy, sums }, attributes, () =>
            linearGradReference(dy, x, kernel, { hasBias, activation, sums }),
          );
          return residual ? [...gradients, clone(dy)] : gradients;
        }),
    };
  })(x, kernel, ...(bias ? [bias] : []), ...(residual ? [residual] : [])) as T;
}
