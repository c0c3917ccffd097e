import { type Tensor, tidy } from "@tensorflow/tfjs-core";
import { customGrad } from "../custom-grad";
import { runKernelOr } from "../run-kernel";
import { dropoutReference } from "./reference";

export interface DropoutOptions {
  /** Share of the elements to zero, in [0, 1). */
  rate: number;
  /** A whole number. The same seed drops the same elements, on every backend. */
  seed: number;
}

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
  const drop = (t: Tensor) =>
    runKernelOr("TxDropout", { x: t }, { rate, seed }, () => dropoutReference(t, rate, seed));
  return customGrad((...args: unknown[]) => ({
    value: drop(args[0] as Tensor),
    gradFunc: (dy: Tensor) => tidy(() => drop(dy)),
  }))(x) as T;
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
