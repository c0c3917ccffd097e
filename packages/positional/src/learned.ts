import { add, slice, type Tensor2D, type Tensor3D, tidy } from "@tensorflow/tfjs-core";
import {
  checkCount,
  checkShapes,
  Embedding,
  type Initializer,
  Module,
  normal,
  type Positional,
  type PositionalConfig,
  type Rng,
  type Span,
} from "@tx/core";

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

/**
 * Adds one learned vector a position to the embeddings. Positions past the table throw.
 *
 * @see Gehring et al. 2017, Convolutional Sequence to Sequence Learning, §3.1,
 *   https://arxiv.org/abs/1705.03122
 */
export class Learned extends Module implements Positional {
  readonly kind = "learned";
  readonly maxLen: number;
  readonly dModel: number;
  /** Its table is [maxLen, dModel]. */
  readonly embedding: Embedding;

  /** @throws RangeError if maxLen or dModel is not a whole number from 1. */
  constructor({ maxLen, dModel, rng, init = normal(0.02, rng) }: LearnedOptions) {
    super();
    checkCount("maxLen", maxLen);
    checkCount("dModel", dModel);
    this.embedding = new Embedding(maxLen, dModel, { init });
    this.maxLen = maxLen;
    this.dModel = dModel;
  }

  /**
   * Explicit ids are not read back from the device; each is to be below maxLen.
   *
   * @param x [batch, queries, dModel]
   * @returns [batch, queries, dModel]
   * @throws RangeError past maxLen; ShapeError if x or explicit ids do not fit the span.
   */
  embed(x: Tensor3D, { q }: Span): Tensor3D {
    const { batch } = checkShapes(["x", x, `batch ${q.len} ${this.dModel}`]);
    if (q.ids) checkShapes(["span.q.ids", q.ids, `${batch} ${q.len}`]);
    else this.#checkRange(q.start, q.len);
    return tidy(() =>
      add(x, q.ids ? this.embedding.forward<Tensor3D>(q.ids) : this.#rows(q.start, q.len)),
    );
  }

  toJSON(): PositionalConfig {
    const { kind, maxLen, dModel } = this;
    return { kind, version: 1, maxLen, dModel };
  }

  #rows(start: number, len: number): Tensor2D {
    return slice(this.embedding.table, [start, 0], [len, this.dModel]) as Tensor2D;
  }

  #checkRange(start: number, len: number): void {
    if (start < 0 || start + len > this.maxLen) {
      throw new RangeError(
        `position: expected 0 to ${this.maxLen - 1} (maxLen ${this.maxLen}), got ${start} to ${start + len - 1}`,
      );
    }
  }
}

/** A learned table of positions; see {@link Learned}. */
export function learned(options: LearnedOptions): Learned {
  return new Learned(options);
}
