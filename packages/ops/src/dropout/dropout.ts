import type { Tensor } from "@tensorflow/tfjs-core";
import { runKernelOr } from "../run-kernel";
import { withGradient } from "../with-gradient";
import { type DropoutOptions, dropoutReference } from "./reference";

export type { DropoutOptions };

/**
 * Zeroes a share of the elements and scales the others by 1 / (1 − rate), so that the expected
 * value stays. Nothing is stored for the gradient: it draws the same elements again.
 *
 * Kernel contract: `TxDropout` {x} {rate, seed} → shape of x, element i kept when
 * randomBits(seed, i) ≥ ⌊rate · 2³²⌋ (see dropoutConstants). The gradient is the same kernel on dy.
 *
 * @param x float32, any shape.
 * @returns The shape of x.
 * @throws RangeError if rate is outside [0, 1), seed is not a whole number or x not float32.
 * @see Srivastava et al. 2014, Dropout, §4
 */
export function dropout<T extends Tensor>(x: T, { rate, seed }: DropoutOptions): T {
  checkDropout(rate, seed);
  if (x.dtype !== "float32") throw new RangeError(`x: expected float32, got ${x.dtype}`);
  if (rate === 0) return x;
  const drop = (x: Tensor) => runKernelOr("TxDropout", { x }, { rate, seed }, dropoutReference);
  return withGradient({ x }, () => [drop(x), {}, ({ dy }) => drop(dy)]);
}

/** @throws RangeError if rate is outside [0, 1) or seed is not a whole number. */
export function checkDropout(rate: number, seed: number): void {
  if (!(rate >= 0 && rate < 1)) {
    throw new RangeError(`rate: expected a number in [0, 1), got ${rate}`);
  }
  if (!Number.isInteger(seed)) {
    throw new RangeError(`seed: expected a whole number, got ${seed}`);
  }
}
