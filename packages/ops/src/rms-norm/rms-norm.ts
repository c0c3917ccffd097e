import { type GradSaveFunc, type Tensor, type Tensor1D, tidy } from "@tensorflow/tfjs-core";
import { customGrad } from "../custom-grad";
import { runAlone, runKernelOr } from "../run-kernel";
import { checkShapes } from "../shapes";
import { rmsNormGradReference, rmsNormReference } from "./reference";

/**
 * Root mean square normalisation over the last axis: x / √(mean(x²) + eps) · gain. A row of zeros
 * gives zeros.
 *
 * Kernel contract: `TxRmsNorm` {x, gain?} {eps} → shape of x;
 * `TxRmsNormGrad` {x, gain?, dy} {eps} → [dx, dGain?].
 *
 * @param x [..., width]
 * @param gain [width]; 1 if not given
 * @param eps Added to the mean square inside the root. Default 1e-6.
 * @returns The shape of x.
 * @throws ShapeError if the gain is not [width]; RangeError if eps is not positive.
 * @see Zhang and Sennrich 2019, Root Mean Square Layer Normalization,
 *   https://arxiv.org/abs/1910.07467
 */
export function rmsNorm<T extends Tensor>(x: T, gain?: Tensor1D, eps = 1e-6): T {
  if (!(eps > 0)) throw new RangeError(`eps: expected a positive number, got ${eps}`);
  checkShapes(["x", x, "... width"], ["gain", gain, "width"]);
  const alone = runAlone<T>("TxRmsNorm", { x, gain }, { eps });
  if (alone) return alone;
  return customGrad((...args: (Tensor | GradSaveFunc)[]) => {
    const save = args.pop() as GradSaveFunc;
    const [x, gain] = args as [Tensor, Tensor?];
    save(gain ? [x, gain] : [x]);
    return {
      value: runKernelOr("TxRmsNorm", { x, gain }, { eps }, () => rmsNormReference(x, gain, eps)),
      gradFunc: (dy: Tensor, saved: Tensor[]) =>
        tidy(() => {
          const [x, gain] = saved as [Tensor, Tensor?];
          return runKernelOr("TxRmsNormGrad", { x, gain, dy }, { eps }, () =>
            rmsNormGradReference(dy, x, gain, eps),
          );
        }),
    };
  })(x, ...(gain ? [gain] : [])) as T;
}
