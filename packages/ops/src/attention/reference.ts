import { add, matMul, mul, reshape, type Tensor, tensor, util } from "@tensorflow/tfjs-core";
import { dropoutScales } from "../dropout/random-bits";
import { maskedSoftmaxReference, softmaxGradReference } from "../masked-softmax/reference";
import { sumTo } from "../mat-mul/reference";
import type { Mask } from "./mask";

/** What shapes the weights of one call. */
export interface WeightOptions {
  readonly mask: Mask;
  readonly scale: number;
  readonly bias?: Tensor | undefined;
  readonly dropout?: { readonly rate: number; readonly seed: number } | undefined;
}

/**
 * Attention weights [batch, heads, queries, keys] in stock operations. The whole matrix is
 * formed: this is the yardstick, not the fast path.
 */
export function weightsReference(query: Tensor, key: Tensor, options: WeightOptions): Tensor {
  const { mask, scale, bias } = options;
  let scores = ungroup(matMul(group(mul(query, scale), key), key, false, true), query);
  if (bias) scores = add(scores, bias);
  return maskedSoftmaxReference(scores, mask);
}

/** weights · value after dropout; [batch, heads, queries, valueDim]. */
export function mixReference(weights: Tensor, value: Tensor, options: WeightOptions): Tensor {
  const scales = scalesOf(weights, options);
  const dropped = scales ? mul(weights, scales) : weights;
  return ungroup(matMul(group(dropped, value), value), weights);
}

/** Gradients for query, key, value and, where there is one, bias. */
export function attentionGradReference(
  dy: Tensor,
  weights: Tensor,
  query: Tensor,
  key: Tensor,
  value: Tensor,
  options: WeightOptions,
): Tensor[] {
  const scales = scalesOf(weights, options);
  const dropped = scales ? mul(weights, scales) : weights;
  const dValue = matMul(group(dropped, value), group(dy, value), true, false);
  const dDropped = ungroup(matMul(group(dy, value), value, false, true), dy);
  const dWeights = scales ? mul(dDropped, scales) : dDropped;
  const [dQuery, dKey, ...dBias] = scoreGradients(dWeights, weights, query, key, options);
  return [dQuery!, dKey!, dValue, ...dBias];
}

/** Gradients for query, key and, where there is one, bias from that of the weights. */
export function scoreGradients(
  dWeights: Tensor,
  weights: Tensor,
  query: Tensor,
  key: Tensor,
  { scale, bias }: WeightOptions,
): Tensor[] {
  const dScores = softmaxGradReference(dWeights, weights);
  const grouped = group(dScores, key);
  const dQuery = mul(ungroup(matMul(grouped, key), query), scale);
  const dKey = mul(matMul(grouped, group(query, key), true, false), scale);
  return [dQuery, dKey, ...(bias ? [sumTo(dScores, bias.shape)] : [])];
}

function scalesOf(weights: Tensor, { dropout }: WeightOptions): Tensor | undefined {
  if (!dropout || dropout.rate === 0) return undefined;
  const size = util.sizeFromShape(weights.shape);
  return tensor(dropoutScales(size, dropout.rate, dropout.seed), weights.shape);
}

// Grouped queries: the heads that share a key head become further rows of it, so that no key is
// copied. [batch, heads, rows, n] to [batch, kvHeads, heads / kvHeads · rows, n] and back.
function group(x: Tensor, shared: Tensor): Tensor {
  const [batch, heads, rows, n] = x.shape as [number, number, number, number];
  const kvHeads = shared.shape[1]!;
  return heads === kvHeads ? x : reshape(x, [batch, kvHeads, (heads / kvHeads) * rows, n]);
}

function ungroup(x: Tensor, like: Tensor): Tensor {
  const [batch, heads, rows] = like.shape as [number, number, number, number];
  return x.shape[1] === heads ? x : reshape(x, [batch, heads, rows, x.shape[3]!]);
}
