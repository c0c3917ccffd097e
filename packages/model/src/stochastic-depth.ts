import { mul, ones, type Tensor, tidy } from "@tensorflow/tfjs-core";
import { Dropout, Module, type Rng } from "@tx/core";

/**
 * Leaves a sub-layer out for some rows of the batch while training, and scales up what it adds to
 * the others by 1 / (1 − rate), so that nothing is to be done in evaluation.
 *
 * @see Huang et al. 2016, Deep Networks with Stochastic Depth, §3, https://arxiv.org/abs/1603.09382
 *   (which scales in evaluation instead, and draws once for a whole batch)
 */
export class StochasticDepth extends Module {
  private readonly rows: Dropout;

  /**
   * @param rate Share of rows without the sub-layer, in [0, 1): 1 less the survival probability.
   * @param rng Draws one seed a call while training.
   * @throws RangeError if rate is outside [0, 1).
   */
  constructor(rate: number, rng: Rng) {
    super();
    if (!(rate >= 0 && rate < 1)) {
      throw new RangeError(`stochasticDepth: expected a number in [0, 1), got ${rate}`);
    }
    this.rows = new Dropout(rate, rng);
  }

  get rate(): number {
    return this.rows.rate;
  }

  /** Whether a call leaves anything out: only while training, at a rate above 0. */
  get active(): boolean {
    return this.rows.active;
  }

  /**
   * @param x [batch, ...], what a sub-layer is to add.
   * @returns The shape of x; x itself when nothing is left out.
   */
  forward<T extends Tensor>(x: T): T {
    if (!this.active) return x;
    return tidy(() => {
      const shape = x.shape.map((size, axis) => (axis === 0 ? size : 1));
      return mul(x, this.rows.forward(ones(shape)));
    });
  }
}
