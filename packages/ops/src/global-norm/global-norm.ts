import type { Scalar, Tensor } from "@tensorflow/tfjs-core";
import { runKernelOr } from "../run-kernel";
import { globalNormReference } from "./reference";

/**
 * The L2 norm over all entries of all tensors together, such as the gradients of a model. Nothing
 * is read back to the host.
 *
 * Kernel contract: `TxGlobalNorm` {t0, t1, …} {} → scalar. The same tensors give the same bits; an
 * engine that can adds up in more than float32.
 *
 * It has no gradient.
 *
 * @param tensors float32, of any shapes.
 * @returns A scalar on the device; the caller disposes it.
 * @throws RangeError if there are no tensors or one is not float32.
 */
export function globalNorm(tensors: readonly Tensor[]): Scalar {
  if (tensors.length === 0) throw new RangeError("tensors: expected at least one, got none");
  for (const [n, { dtype }] of tensors.entries()) {
    if (dtype !== "float32") throw new RangeError(`tensors[${n}]: expected float32, got ${dtype}`);
  }
  const inputs = Object.fromEntries(tensors.map((tensor, n) => [`t${n}`, tensor]));
  return runKernelOr("TxGlobalNorm", inputs, {}, () => globalNormReference(tensors));
}
