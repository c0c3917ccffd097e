import { minimum, mul, softmax, sub, sum, type Tensor } from "@tensorflow/tfjs-core";
import { keepOf, limitOf, type Mask, mayHideAll, type ScoreSizes } from "../attention/mask";

/** Softmax over the keys that the mask allows, in stock operations, without a gradient of its own. */
export function maskedSoftmaxReference(scores: Tensor, mask: Mask): Tensor {
  const sizes = scoreSizesOf(scores);
  const keep = keepOf(mask, sizes);
  if (!keep) return softmax(scores);
  const weights = softmax(minimum(scores, limitOf(keep)));
  // Only a query that sees nothing has weight where it may not attend; it is to output zeros.
  return mayHideAll(mask, sizes) ? mul(weights, keep) : weights;
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
