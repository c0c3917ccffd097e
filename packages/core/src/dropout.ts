import type { Tensor } from "@tensorflow/tfjs-core";
import { type DropoutOptions, dropout } from "@tx/ops";
import { Module } from "./module";
import type { Rng } from "./rng";

/** Zeroes a share of the entries and scales up the rest, while training. */
export class Dropout extends Module {
  /**
   * @param rate Share in [0, 1).
   * @param rng Draws one seed a call while training.
   * @throws RangeError if rate is outside [0, 1).
   */
  constructor(
    readonly rate: number,
    private readonly rng: Rng,
  ) {
    super();
    if (!(rate >= 0 && rate < 1)) {
      throw new RangeError(`dropout: expected a number in [0, 1), got ${rate}`);
    }
  }

  /** Whether a call drops anything: only while training, at a rate above 0. */
  get active(): boolean {
    return this.training && this.rate > 0;
  }

  /** What one call is to drop, for an operation that has dropout inside; undefined for nothing. */
  next(): DropoutOptions | undefined {
    if (!this.active) return undefined;
    return { rate: this.rate, seed: this.rng.nextSeed() };
  }

  /**
   * @param x Any shape.
   * @returns The shape of x; x itself when there is nothing to drop.
   */
  forward<T extends Tensor>(x: T): T {
    const options = this.next();
    return options ? dropout(x, options) : x;
  }
}
