import {
  type GradSaveFunc,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  tidy,
} from "@tensorflow/tfjs-core";
import { customGrad } from "../custom-grad";
import { runKernelOr } from "../run-kernel";
import { saveForGradient } from "../save-for-gradient";
import { checkShapes } from "../shapes";
import { linearGradReference, linearReference } from "./reference";

/**
 * x · kernel + bias over the last axis.
 *
 * The reference goes through rank 2, the only product with a gradient and a fast path on every
 * tfjs 4.22.0 backend (a [b, s, i] · [i, o] matMul has no gradient there, tfjs #8721).
 *
 * Kernel contract: `TxLinear` {x [..., inputs], kernel, bias?} {} → [..., outputs];
 * `TxLinearGrad` {x, kernel, dy} {hasBias} → [dx, dKernel, dBias?].
 *
 * @param x [..., inputs]
 * @param kernel [inputs, outputs]
 * @param bias [outputs]
 * @returns [..., outputs]
 * @throws ShapeError if the sizes do not fit.
 */
export function linear<T extends Tensor>(x: T, kernel: Tensor2D, bias?: Tensor1D): T {
  checkShapes(["kernel", kernel, "inputs outputs"], ["x", x, "... inputs"]);
  if (bias) checkShapes(["kernel", kernel, "inputs outputs"], ["bias", bias, "outputs"]);
  const hasBias = bias !== undefined;
  return customGrad((...args: (Tensor | GradSaveFunc)[]) => {
    const save = args.pop() as GradSaveFunc;
    const [x, kernel, bias] = args as [Tensor, Tensor2D, Tensor1D?];
    const restore = saveForGradient(save, [x, kernel]);
    return {
      value: runKernelOr("TxLinear", { x, kernel, bias }, {}, () =>
        linearReference(x, kernel, bias),
      ),
      gradFunc: (dy: Tensor, saved: Tensor[]) =>
        tidy(() => {
          const [x, kernel] = restore(saved) as [Tensor, Tensor2D];
          return runKernelOr("TxLinearGrad", { x, kernel, dy }, { hasBias }, () =>
            linearGradReference(dy, x, kernel, hasBias),
          );
        }),
    };
  })(x, kernel, ...(bias ? [bias] : [])) as T;
}
