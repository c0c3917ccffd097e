import { minimum, mul, softmax, sub, sum, type Tensor } from "@tensorflow/tfjs-core";
import { keepOf, limitOf, mayHideAll } from "../attention/keep";
import type { Mask, ScoreSizes } from "../attention/mask";
import { type ScorePart, wholeOf } from "../attention/score-part";

/**
 * Softmax over the keys that the mask allows, in stock operations, without a gradient of its own.
 *
 * @param part What the scores are of the mask's. Default: all.
 */
export function maskedSoftmaxReference(
  scores: Tensor,
  mask: Mask,
  part: ScorePart = wholeOf(scoreSizesOf(scores)),
): Tensor {
  const keep = keepOf(mask, part);
  if (!keep) return softmax(scores);
  const weights = softmax(minimum(scores, limitOf(keep, scores.shape)));
  // Only a query that sees nothing has weight where it may not attend; it is to output zeros.
  return mayHideAll(mask, part.sizes) ? mul(weights, keep) : weights;
}

/** The gradient of scores from that of their softmax; 0 wherever a weight is 0. */
export function softmaxGradReference(dWeights: Tensor, weights: Tensor): Tensor {
  const weighted = mul(dWeights, weights);
  return sub(weighted, mul(weights, sum(weighted, -1, true)));
}

/** The sizes of scores [batch, heads, queries, keys]. */
export function scoreSizesOf(scores: Tensor): ScoreSizes {
  const [batch, heads, queries, keys] = scores.shape as [number, number, number, number];
  return { batch, heads, queries, keys };
}
