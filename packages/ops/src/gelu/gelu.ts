import type { Tensor } from "@tensorflow/tfjs-core";
import { runKernelPair } from "../run-kernel-pair";
import { type GeluForm, geluGradReference, geluReference } from "./reference";

/**
 * Gaussian error linear unit, x · Φ(x), element by element.
 *
 * Kernel contract: `TxGelu` {x} {form} → shape of x; `TxGeluGrad` {x, dy} {form} → dx.
 *
 * @param x Any shape.
 * @param form "erf" (default) is exact, "tanh" the approximation of GPT-2.
 * @returns The shape of x.
 * @see Hendrycks and Gimpel 2016, Gaussian Error Linear Units, §2, https://arxiv.org/abs/1606.08415
 */
export function gelu<T extends Tensor>(x: T, form: GeluForm = "erf"): T {
  if (form !== "erf" && form !== "tanh") {
    throw new RangeError(`form: expected "erf" or "tanh", got ${JSON.stringify(form)}`);
  }
  return runKernelPair("TxGelu", { x }, { form }, geluReference, geluGradReference);
}
