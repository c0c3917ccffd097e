import { reshape, slice, type Tensor2D, type Tensor3D, tanh, tidy } from "@tensorflow/tfjs-core";
import { checkShapes, type Initializer, Linear, Module, normal, type Rng } from "@tx/core";

export interface PoolerOptions {
  dModel: number;
  /** First values of the kernel. Default: Gaussian of standard deviation 0.02. */
  init?: Initializer | undefined;
  /** Source of first values. */
  rng: Rng;
}

/**
 * One vector for a text, made of its first token's: a linear map and tanh.
 *
 * @see Devlin et al. 2019, BERT, §3, https://arxiv.org/abs/1810.04805, and its published code
 */
export class Pooler extends Module {
  /** [dModel, dModel] */
  readonly dense: Linear;

  /** @throws RangeError if dModel is not a whole number from 1. */
  constructor({ dModel, rng, init = normal(0.02, rng) }: PoolerOptions) {
    super();
    this.dense = new Linear(dModel, dModel, { init });
  }

  /**
   * @param x [batch, seq, dModel]
   * @returns [batch, dModel]
   * @throws ShapeError if x is not of rank 3 or ends in another width.
   */
  forward(x: Tensor3D): Tensor2D {
    const dModel = this.dense.kernel.shape[0]!;
    const { batch } = checkShapes(["x", x, `batch seq ${dModel}`]);
    return tidy(() => {
      const first: Tensor2D = reshape(slice(x, [0, 0, 0], [-1, 1, -1]), [batch!, dModel]);
      return tanh(this.dense.forward(first));
    });
  }
}
