import type { Scalar } from "@tensorflow/tfjs-core";
import { runKernelOr } from "../run-kernel";
import { clipCoefficientReference } from "./reference";

/**
 * What gradients of a given norm are to be multiplied by, so that their norm is at most maxNorm:
 * min(1, maxNorm / (norm + 1e-6)). Nothing is read back to the host.
 *
 * Kernel contract: `TxClipCoefficient` {norm} {maxNorm} → scalar; NaN for a norm of NaN.
 *
 * It has no gradient.
 *
 * @param norm float32
 * @returns A scalar; the caller disposes it.
 * @throws RangeError if maxNorm is not positive.
 * @see Pascanu et al. 2013, On the difficulty of training recurrent neural networks, algorithm 1
 */
export function clipCoefficient(norm: Scalar, maxNorm: number): Scalar {
  if (!(maxNorm > 0)) throw new RangeError(`maxNorm: expected a positive number, got ${maxNorm}`);
  // 1e-6 as in torch, so that a norm of zero divides.
  return runKernelOr("TxClipCoefficient", { norm }, { maxNorm }, clipCoefficientReference);
}
