import type { Tensor, Tensor1D } from "@tensorflow/tfjs-core";
import { checkNorm, checkPart } from "../check-norm";
import { runKernelPair } from "../run-kernel-pair";
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
  checkPart("gain", gain, checkNorm(x, eps));
  const inputs = { x, gain };
  return runKernelPair("TxRmsNorm", inputs, { eps }, rmsNormReference, rmsNormGradReference);
}
