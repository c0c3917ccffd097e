import type { Tensor2D } from "@tensorflow/tfjs-core";
import { type Initializer, normal, type Positional, type PositionalConfig, Rng } from "@tx/core";
import { PositionTable } from "./position-table";
import { checkResize, type ResizeMethod, resizedTable } from "./resize-table";

export interface LearnedOptions {
  /** Positions it knows: 0 to maxLen − 1. */
  maxLen: number;
  /** Width of the embeddings. */
  dModel: number;
  /** Source of the first table. */
  rng: Rng;
  /** First table. Default: Gaussian of standard deviation 0.02, as in GPT-2. */
  init?: Initializer;
}

export interface LearnedResizeOptions {
  method: ResizeMethod;
  /** Source of the rows that "extend" adds; no other method takes it. */
  rng?: Rng;
  /** The rows that "extend" adds. Default: Gaussian of standard deviation 0.02. */
  init?: Initializer;
}

/**
 * Adds one learned vector a position to the embeddings. Positions past the table throw.
 *
 * @see Gehring et al. 2017, Convolutional Sequence to Sequence Learning, §3.1,
 *   https://arxiv.org/abs/1705.03122
 */
export class Learned extends PositionTable implements Positional {
  readonly kind = "learned";

  /** @throws RangeError if maxLen or dModel is not a whole number from 1. */
  constructor({ maxLen, dModel, rng, init = normal(0.02, rng) }: LearnedOptions) {
    super(maxLen, dModel, init);
  }

  /**
   * The same vectors for another number of positions. This one stays as it is: whoever needs it no
   * more disposes it.
   *
   * @param maxLen At most the present one to crop, at least that to extend, any to interpolate.
   * @throws RangeError if the method does not lead to that length, or "extend" has neither rng nor
   *   init, or another method has one.
   * @see Dosovitskiy et al. 2021, An Image is Worth 16x16 Words, §3.2,
   *   https://arxiv.org/abs/2010.11929 (interpolate)
   */
  resize(maxLen: number, { method, rng, init }: LearnedResizeOptions): Learned {
    checkResize(this.maxLen, maxLen, method);
    for (const [name, given] of Object.entries({ rng, init })) {
      if (given !== undefined && method !== "extend") {
        throw new RangeError(`${name}: expected none to ${method}, got one`);
      }
    }
    if (method === "extend" && !rng && !init) {
      throw new RangeError("rng: expected one for the rows to add, or init, got neither");
    }
    const { dModel } = this;
    const table = this.embedding.table as unknown as Tensor2D;
    const added = (count: number) => (init ?? normal(0.02, rng!))([count, dModel]);
    return new Learned({
      ...{ maxLen, dModel },
      // Not drawn from, since init gives every row.
      rng: new Rng(1),
      init: () => resizedTable(table, maxLen, method, added),
    });
  }

  toJSON(): PositionalConfig {
    const { kind, maxLen, dModel } = this;
    return { kind, version: 1, maxLen, dModel };
  }
}

/** A learned table of positions; see {@link Learned}. */
export function learned(options: LearnedOptions): Learned {
  return new Learned(options);
}
