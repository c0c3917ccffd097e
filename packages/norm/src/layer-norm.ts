import type { Tensor, Tensor1D, Variable } from "@tensorflow/tfjs-core";
import { checkCount, Module, ones, parameter, zeros } from "@tx/core";
import { layerNorm } from "@tx/ops";
import { checkEps } from "./check-eps";

export interface LayerNormOptions {
  /** Added to the variance inside the root. Default 1e-5. */
  eps?: number;
  /** Whether to add a learned bias. Default true. */
  bias?: boolean;
}

/**
 * Layer normalisation over the last axis, with a learned gain and bias.
 *
 * @see Ba et al. 2016, Layer Normalization, §3, https://arxiv.org/abs/1607.06450
 */
export class LayerNorm extends Module {
  /** [width], ones at first. */
  readonly gain: Variable;
  /** [width], zeros at first. */
  readonly bias: Variable | undefined;
  readonly eps: number;

  /** @throws RangeError if width is not a whole number from 1 or eps is not positive. */
  constructor(width: number, { eps = 1e-5, bias = true }: LayerNormOptions = {}) {
    super();
    checkCount("width", width);
    checkEps(eps);
    this.eps = eps;
    this.gain = parameter([width], ones);
    this.bias = bias ? parameter([width], zeros) : undefined;
  }

  /**
   * @param x [..., width]
   * @returns [..., width]
   * @throws ShapeError if x does not end in width.
   */
  forward<T extends Tensor>(x: T): T {
    return layerNorm(
      x,
      this.gain as Tensor as Tensor1D,
      this.bias as Tensor | undefined as Tensor1D | undefined,
      this.eps,
    );
  }
}
