import { abs, expandDims, mul, relu, type Tensor4D, tensor } from "@tensorflow/tfjs-core";
import { checkCount, type Positional, type PositionalConfig, type Span } from "@tx/core";
import { biasByDistance } from "./distances";

/** "symmetric": keys after the query fall as those before it. "causal": they do not fall at all. */
export type AlibiForm = "symmetric" | "causal";

export interface AlibiOptions {
  /**
   * What is done to keys after the query. Under a causal mask, which hides them, both are the same.
   * Default "symmetric".
   */
  form?: AlibiForm;
}

/**
 * How fast each head's scores fall with the distance: 2^(−8 h / heads) for a power of two; for other
 * counts those of the power of two below, then every other one of the power above.
 *
 * @throws RangeError if heads is not a whole number from 1.
 */
export function alibiSlopes(heads: number): number[] {
  checkCount("heads", heads);
  const series = (count: number) =>
    Array.from({ length: count }, (_, n) => 2 ** ((-8 * (n + 1)) / count));
  const below = 2 ** Math.floor(Math.log2(heads));
  const between = series(2 * below).filter((_, n) => n % 2 === 0);
  return [...series(below), ...between.slice(0, heads - below)];
}

/**
 * Attention with linear biases: a score falls by the head's slope for each token between query and
 * key. No parameters, any length, any number of heads; causal and bidirectional.
 *
 * @see Press et al. 2022, Train Short, Test Long, §3, https://arxiv.org/abs/2108.12409
 */
export class Alibi implements Positional {
  readonly kind = "alibi";
  readonly relative = true;
  readonly form: AlibiForm;

  /** @throws RangeError for an unknown form. */
  constructor({ form = "symmetric" }: AlibiOptions = {}) {
    if (form !== "symmetric" && form !== "causal") {
      throw new RangeError(`form: expected "symmetric" or "causal", got "${form}"`);
    }
    this.form = form;
  }

  /**
   * @param heads Any number of heads.
   * @returns −slope · |distance|, in causal form −slope · max(query − key, 0); [1, heads, queries,
   *   keys], with explicit positions [batch, heads, queries, keys].
   * @throws RangeError if heads is not a whole number from 1; ShapeError if explicit positions do
   *   not fit the span.
   */
  bias(heads: number, span: Span): Tensor4D {
    const slopes = alibiSlopes(heads).map((slope) => -slope);
    const back = this.form === "causal" ? relu : abs;
    return biasByDistance(span, (distances) =>
      mul(expandDims(back(distances), 1), tensor(slopes, [1, heads, 1, 1])),
    );
  }

  toJSON(): PositionalConfig {
    return { kind: this.kind, version: 1, form: this.form };
  }
}

/** Linear biases; see {@link Alibi}. */
export function alibi(options: AlibiOptions = {}): Alibi {
  return new Alibi(options);
}
