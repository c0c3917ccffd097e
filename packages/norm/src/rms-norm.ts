import type { Tensor, Tensor1D, Variable } from "@tensorflow/tfjs-core";
import { checkCount, Module, ones, parameter } from "@tx/core";
import { rmsNorm } from "@tx/ops";
import { checkEps } from "./check-eps";

export interface RMSNormOptions {
  /** Added to the mean square inside the root. Default 1e-6. */
  eps?: number;
}

/**
 * Root mean square normalisation over the last axis, with a learned gain: x / √(mean(x²) + eps) ·
 * gain. No mean is taken away, and there is no bias.
 *
 * @see Zhang and Sennrich 2019, Root Mean Square Layer Normalization,
 *   https://arxiv.org/abs/1910.07467
 */
export class RMSNorm extends Module {
  /** [width], ones at first. */
  readonly gain: Variable;
  readonly eps: number;

  /** @throws RangeError if width is not a whole number from 1 or eps is not positive. */
  constructor(width: number, { eps = 1e-6 }: RMSNormOptions = {}) {
    super();
    checkCount("width", width);
    checkEps(eps);
    this.eps = eps;
    this.gain = parameter([width], ones);
  }

  /**
   * @param x [..., width]
   * @returns [..., width]
   * @throws ShapeError if x does not end in width.
   */
  forward<T extends Tensor>(x: T): T {
    return rmsNorm(x, this.gain as Tensor as Tensor1D, this.eps);
  }
}
