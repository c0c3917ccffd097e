import type { Tensor } from "@tensorflow/tfjs-core";
import { runKernelPair } from "../run-kernel-pair";
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
  return runKernelPair("TxSilu", { x }, {}, siluReference, siluGradReference);
}
