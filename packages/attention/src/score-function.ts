import type { Tensor4D } from "@tensorflow/tfjs-core";

/**
 * How well each query fits each key; softmax makes weights of it. Masks, biases and dropout are not
 * its business. Either a plain function, or a part with parameters of its own.
 *
 * Gets query [batch, heads, queries, headDim] and key [batch, heads, keys, headDim], both turned by
 * the positional strategy if that rotates; gives scores [batch, heads, queries, keys].
 */
export type ScoreFunction = ScorePart | ((query: Tensor4D, key: Tensor4D) => Tensor4D);

/** A score function as a part, such as a Module, whose parameters are then the attention's too. */
export interface ScorePart {
  /**
   * @param query [batch, heads, queries, headDim]
   * @param key [batch, heads, keys, headDim]
   * @returns [batch, heads, queries, keys]
   */
  forward(query: Tensor4D, key: Tensor4D): Tensor4D;
  /**
   * Present where the scores are scale · query · keyᵀ and nothing else: the scale for a width of
   * heads. Attention then asks the fused operation, which forms no score matrix, and never forward.
   */
  dotScale?(headDim: number): number;
}

/** The scores, whichever form the function has. */
export function scoresOf(score: ScoreFunction, query: Tensor4D, key: Tensor4D): Tensor4D {
  return typeof score === "function" ? score(query, key) : score.forward(query, key);
}

/** The scale of a scaled dot product; undefined for any other score function. */
export function dotScaleOf(score: ScoreFunction, headDim: number): number | undefined {
  return typeof score === "function" ? undefined : score.dotScale?.(headDim);
}
