import type { Tensor, Tensor1D } from "@tensorflow/tfjs-core";
import { checkNorm, checkPart } from "../check-norm";
import { runKernelOr } from "../run-kernel";
import { withGradient } from "../with-gradient";
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
  const width = checkNorm(x, eps);
  if (bias && !gain) throw new RangeError("bias: expected a gain beside it, got none");
  checkPart("gain", gain, width);
  checkPart("bias", bias, width);
  const inputs = { x, gain, bias };
  const hasBias = bias !== undefined;
  return withGradient(inputs, () => [
    runKernelOr("TxLayerNorm", inputs, { eps }, layerNormReference),
    { x, gain },
    (told) => runKernelOr("TxLayerNormGrad", told, { eps, hasBias }, layerNormGradReference),
  ]);
}
