import { type GradSaveFunc, type Tensor, tidy } from "@tensorflow/tfjs-core";
import { customGrad } from "../custom-grad";
import { runAlone, runKernelOr } from "../run-kernel";
import { siluGradReference, siluReference } from "./reference";

/**
 * Sigmoid linear unit, x · sigmoid(x), element by element; also called Swish.
 *
 * Kernel contract: `TxSilu` {x} {} → shape of x; `TxSiluGrad` {x, dy} {} → dx.
 *
 * @param x Any shape.
 * @returns The shape of x.
 * @see Ramachandran et al. 2017, Searching for Activation Functions, §4,
 *   https://arxiv.org/abs/1710.05941
 */
export function silu<T extends Tensor>(x: T): T {
  const alone = runAlone<T>("TxSilu", { x }, {});
  if (alone) return alone;
  return customGrad((...args: (Tensor | GradSaveFunc)[]) => {
    const [x, save] = args as [Tensor, GradSaveFunc];
    save([x]);
    return {
      value: runKernelOr("TxSilu", { x }, {}, () => siluReference(x)),
      gradFunc: (dy: Tensor, saved: Tensor[]) =>
        tidy(() => {
          const x = saved[0]!;
          return runKernelOr("TxSiluGrad", { x, dy }, {}, () => siluGradReference(dy, x));
        }),
    };
  })(x) as T;
}
