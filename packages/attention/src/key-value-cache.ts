import { keep, slice, type Tensor4D, tidy, zeros } from "@tensorflow/tfjs-core";
import { checkCount, checkShapes } from "@tx/core";
import { writeRows } from "@tx/ops";

export interface KeyValueCacheOptions {
  /** Rows of the batch. Default 1. */
  batch?: number;
  /** Number of key and value heads. */
  kvHeads: number;
  /** Width of a head. */
  headDim: number;
  /** Most tokens that it can hold. */
  maxLen: number;
}

/**
 * The keys and values of the tokens that one layer has seen, so that decoding computes only the
 * new token's. Room for maxLen tokens is taken at once.
 *
 * @see Pope et al. 2023, Efficiently Scaling Transformer Inference, §2.1,
 *   https://arxiv.org/abs/2211.05102
 */
export class KeyValueCache {
  readonly maxLen: number;
  #keys: Tensor4D;
  #values: Tensor4D;
  #length = 0;

  /** @throws RangeError if a size is not a whole number from 1. */
  constructor({ batch = 1, kvHeads, headDim, maxLen }: KeyValueCacheOptions) {
    for (const [name, value] of Object.entries({ batch, kvHeads, headDim, maxLen })) {
      checkCount(name, value);
    }
    this.maxLen = maxLen;
    this.#keys = keep(zeros([batch, kvHeads, maxLen, headDim]));
    this.#values = keep(zeros([batch, kvHeads, maxLen, headDim]));
  }

  /** Tokens that it holds. */
  get length(): number {
    return this.#length;
  }

  /** The keys held, [batch, kvHeads, length, headDim]. */
  keys(): Tensor4D {
    return this.#held(this.#keys);
  }

  /** The values held, [batch, kvHeads, length, headDim]. */
  values(): Tensor4D {
    return this.#held(this.#values);
  }

  /**
   * Takes in the next tokens.
   *
   * @param keys [batch, kvHeads, tokens, headDim]
   * @param values [batch, kvHeads, tokens, headDim]
   * @throws RangeError if there is no room for them, ShapeError if they do not fit; nothing is
   *   changed then.
   */
  append(keys: Tensor4D, values: Tensor4D): void {
    const [batch, kvHeads, , headDim] = this.#keys.shape;
    const { tokens } = checkShapes(
      ["keys", keys, `${batch} ${kvHeads} tokens ${headDim}`],
      ["values", values, `${batch} ${kvHeads} tokens ${headDim}`],
    );
    if (this.#length + tokens > this.maxLen) {
      throw new RangeError(
        `cache: expected at most ${this.maxLen} tokens, got ${this.#length + tokens}`,
      );
    }
    this.#keys = replace(this.#keys, keys, this.#length);
    this.#values = replace(this.#values, values, this.#length);
    this.#length += tokens;
  }

  /**
   * Forgets the tokens from a place on.
   *
   * @param length Tokens to keep.
   * @throws RangeError if there are not as many.
   */
  truncate(length: number): void {
    if (!(Number.isInteger(length) && length >= 0 && length <= this.#length)) {
      throw new RangeError(`length: expected a whole number to ${this.#length}, got ${length}`);
    }
    this.#length = length;
  }

  dispose(): void {
    this.#keys.dispose();
    this.#values.dispose();
  }

  #held(buffer: Tensor4D): Tensor4D {
    const [batch, kvHeads, , headDim] = buffer.shape;
    return slice(buffer, [0, 0, 0, 0], [batch, kvHeads, this.#length, headDim]);
  }
}

/** The buffer with rows written from start on; the old one is gone. */
function replace(buffer: Tensor4D, rows: Tensor4D, start: number): Tensor4D {
  const next = keep(tidy(() => writeRows(buffer, rows, { start, overwrite: true })));
  buffer.dispose();
  return next;
}
