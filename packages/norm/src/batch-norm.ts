import {
  add,
  div,
  maximum,
  minimum,
  mul,
  rsqrt,
  sub,
  type Tensor,
  type Tensor1D,
  tidy,
  type Variable,
} from "@tensorflow/tfjs-core";
import { checkCount, checkShapes, Module, ones, parameter, ShapeError, zeros } from "@tx/core";
import { detach } from "@tx/ops";
import { type BatchStatistics, batchStatistics } from "./batch-statistics";
import { checkEps } from "./check-eps";

export interface BatchNormInputs {
  /** [width] */
  mean: Tensor1D;
  /** [width] */
  variance: Tensor1D;
  /** [width]; 1 if not given. */
  gain?: Tensor1D | undefined;
  /** [width]; 0 if not given. */
  bias?: Tensor1D | undefined;
  /** Added to the variance inside the root. Default 1e-5. */
  eps?: number;
}

/**
 * (x − mean) / √(variance + eps) · gain + bias with statistics a feature: those of a batch, from
 * {@link batchStatistics}, through which the gradient flows too, or running ones.
 *
 * @param x [..., width]
 * @returns The shape of x.
 * @throws ShapeError if statistics, gain or bias are not [width]; RangeError if eps is not positive.
 * @see Ioffe and Szegedy 2015, Batch Normalization, §3, https://arxiv.org/abs/1502.03167
 */
export function batchNorm<T extends Tensor>(
  x: T,
  { mean, variance, gain, bias, eps = 1e-5 }: BatchNormInputs,
): T {
  checkEps(eps);
  checkShapes(
    ["x", x, "... width"],
    ["mean", mean, "width"],
    ["variance", variance, "width"],
    ["gain", gain, "width"],
    ["bias", bias, "width"],
  );
  return tidy(() => {
    const slope = rsqrt(add(variance, eps));
    const value = mul(sub(x, mean), gain ? mul(slope, gain) : slope);
    return (bias ? add(value, bias) : value) as T;
  });
}

export interface BatchNormOptions {
  /** Share of the running statistics that each batch replaces, in (0, 1], as in torch. Default 0.1. */
  momentum?: number;
  /** Added to the variance inside the root. Default 1e-5. */
  eps?: number;
  /** Whether to add a learned bias. Default true. */
  bias?: boolean;
}

/**
 * Batch normalisation of a sequence: each feature by its statistics over batch and time. Training
 * takes those of the batch, padding left out, and remembers them; evaluation takes what is
 * remembered: new = (1 − momentum) · old + momentum · batch, with the unbiased variance.
 *
 * Beside Dropout the only part that reads the training flag: what a batch norm is in evaluation
 * differs by its definition. While training, an output depends on all of the batch and on later
 * positions, so a causal model sees its future through it.
 *
 * @see Ioffe and Szegedy 2015, Batch Normalization, §3, https://arxiv.org/abs/1502.03167
 */
export class BatchNorm extends Module {
  /** [width], ones at first. */
  readonly gain: Variable;
  /** [width], zeros at first. */
  readonly bias: Variable | undefined;
  /** [width], zeros at first; saved and loaded, but not a parameter. */
  readonly runningMean: Variable;
  /** [width], ones at first; saved and loaded, but not a parameter. */
  readonly runningVariance: Variable;
  readonly momentum: number;
  readonly eps: number;

  /**
   * @throws RangeError if width is not a whole number from 1, momentum is outside (0, 1] or eps is
   *   not positive.
   */
  constructor(width: number, { momentum = 0.1, eps = 1e-5, bias = true }: BatchNormOptions = {}) {
    super();
    checkCount("width", width);
    if (!(momentum > 0 && momentum <= 1)) {
      throw new RangeError(`momentum: expected a number in (0, 1], got ${momentum}`);
    }
    checkEps(eps);
    this.momentum = momentum;
    this.eps = eps;
    this.gain = parameter([width], ones);
    this.bias = bias ? parameter([width], zeros) : undefined;
    this.runningMean = parameter([width], zeros, { trainable: false });
    this.runningVariance = parameter([width], ones, { trainable: false });
  }

  /**
   * @param x [..., width], such as [batch, seq, width]
   * @param options Which positions count.
   * @param options.mask [...], such as [batch, seq]; bool, true for positions that count in the
   *   statistics, false for padding, which is normalised like the rest. Means nothing in
   *   evaluation. A batch where none count leaves the running statistics as they are.
   * @returns [..., width]
   * @throws ShapeError if x does not end in width, the mask does not fit or, while training, there is
   *   but one position; RangeError if the mask is not bool.
   */
  forward<T extends Tensor>(x: T, { mask }: { mask?: Tensor | undefined } = {}): T {
    const width = this.gain.size;
    checkShapes(["x", x, `... ${width}`]);
    if (!this.training) return this.normalise(x, this.runningMean, this.runningVariance);
    if (x.size === width) {
      const got = x.shape.join(", ");
      throw new ShapeError(`x: expected two positions or more to train on, got [${got}]`);
    }
    return tidy(() => {
      const statistics = batchStatistics(x, mask);
      const output = this.normalise(x, statistics.mean, statistics.variance);
      this.remember(statistics);
      return output;
    });
  }

  private normalise<T extends Tensor>(x: T, mean: Tensor, variance: Tensor): T {
    const parts = { mean, variance, gain: this.gain, bias: this.bias };
    return batchNorm(x, { ...(parts as unknown as BatchNormInputs), eps: this.eps });
  }

  private remember({ mean, variance, count }: BatchStatistics): void {
    const counted = detach(count);
    // Nothing of a batch that is all padding.
    const share = mul(minimum(counted, 1), this.momentum);
    const unbiased = div(mul(detach(variance), counted), maximum(sub(counted, 1), 1));
    const next = (running: Variable, batch: Tensor) =>
      add(mul(running, sub(1, share)), mul(batch, share));
    this.runningMean.assign(next(this.runningMean, detach(mean)));
    this.runningVariance.assign(next(this.runningVariance, unbiased));
  }
}
