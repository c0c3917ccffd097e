import { type GradSaveFunc, type Tensor, type Tensor1D, tidy } from "@tensorflow/tfjs-core";
import { customGrad } from "../custom-grad";
import { runAlone, runKernelOr } from "../run-kernel";
import { saveForGradient } from "../save-for-gradient";
import { checkShapes } from "../shapes";
import { layerNormGradReference, layerNormReference } from "./reference";

/**
 * Layer normalisation over the last axis: (x − mean) / √(variance + eps) · gain + bias, with the
 * biased variance.
 *
 * Kernel contract: `TxLayerNorm` {x, gain?, bias?} {eps} → shape of x;
 * `TxLayerNormGrad` {x, gain?, dy} {eps, hasBias} → [dx, dGain?, dBias?].
 *
 * @param x [..., width]
 * @param gain [width]; 1 if not given
 * @param bias [width]; 0 if not given
 * @param eps Added to the variance inside the root. Default 1e-5.
 * @returns The shape of x.
 * @throws ShapeError if gain or bias is not [width]; RangeError if eps is not positive or a bias
 *   comes without a gain.
 * @see Ba et al. 2016, Layer Normalization, §3, https://arxiv.org/abs/1607.06450
 */
export function layerNorm<T extends Tensor>(x: T, gain?: Tensor1D, bias?: Tensor1D, eps = 1e-5): T {
  if (!(eps > 0)) throw new RangeError(`eps: expected a positive number, got ${eps}`);
  if (bias && !gain) throw new RangeError("bias: expected a gain beside it, got none");
  const width = x.shape[x.rank - 1];
  const fits = (part: Tensor1D | undefined) =>
    !part || (part.rank === 1 && part.shape[0] === width);
  // By hand first, since this runs for each token.
  if (x.rank === 0 || !fits(gain) || !fits(bias)) {
    checkShapes(["x", x, "... width"], ["gain", gain, "width"], ["bias", bias, "width"]);
  }
  const alone = runAlone<T>("TxLayerNorm", { x, gain, bias }, { eps });
  if (alone) return alone;
  const hasBias = bias !== undefined;
  return customGrad((...args: (Tensor | GradSaveFunc)[]) => {
    const save = args.pop() as GradSaveFunc;
    const [x, gain, bias] = args as [Tensor, Tensor?, Tensor?];
    const restore = saveForGradient(save, gain ? [x, gain] : [x]);
    return {
      value: runKernelOr("TxLayerNorm", { x, gain, bias }, { eps }, () =>
        layerNormReference(x, gain, bias, eps),
      ),
      gradFunc: (dy: Tensor, saved: Tensor[]) =>
        tidy(() => {
          const [x, gain] = restore(saved) as [Tensor, Tensor?];
          return runKernelOr("TxLayerNormGrad", { x, gain, dy }, { eps, hasBias }, () =>
            layerNormGradReference(dy, x, gain, hasBias, eps),
          );
        }),
    };
  })(x, ...(gain ? [gain] : []), ...(bias ? [bias] : [])) as T;
}
