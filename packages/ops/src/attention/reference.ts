import { add, mul, reshape, type Tensor, tensor, util } from "@tensorflow/tfjs-core";
import { drawScales, dropoutConstants } from "../dropout/random-bits";
import {
  maskedSoftmaxReference,
  scoreSizesOf,
  softmaxGradReference,
} from "../masked-softmax/reference";
import { sumTo } from "../mat-mul/reference";
import type { Mask } from "./mask";
import { products } from "./products";
import { partShape, type ScorePart, takePart, wholeOf } from "./score-part";

/** What shapes the weights of one call. */
export interface WeightOptions {
  readonly mask: Mask;
  readonly scale: number;
  /** For all of the call's scores, as the mask and dropout are. */
  readonly bias?: Tensor | undefined;
  readonly dropout?: { readonly rate: number; readonly seed: number } | undefined;
  /** What of the call's scores is given. Default: all. */
  readonly part?: ScorePart | undefined;
}

/** Attention weights [batch, heads, queries, keys] in stock operations. The whole matrix is formed. */
export function weightsReference(query: Tensor, key: Tensor, options: WeightOptions): Tensor {
  const { mask, scale, bias } = options;
  let scores = ungroup(products(group(mul(query, scale), key), key, "b"), query);
  const part = options.part ?? wholeOf(scoreSizesOf(scores));
  if (bias) scores = add(scores, takePart(bias, part));
  return maskedSoftmaxReference(scores, mask, part);
}

/** weights · value after dropout; [batch, heads, queries, valueDim]. */
export function mixReference(weights: Tensor, value: Tensor, options: WeightOptions): Tensor {
  const scales = scalesOf(weights, options);
  const dropped = scales ? mul(weights, scales) : weights;
  return ungroup(products(group(dropped, value), value), weights);
}

/** Gradients for query, key, value and, where there is one, bias. */
export function attentionGradReference(
  { dy, weights, query, key, value }: Record<"dy" | "weights" | "query" | "key" | "value", Tensor>,
  options: WeightOptions,
): Tensor[] {
  const scales = scalesOf(weights, options);
  const dropped = scales ? mul(weights, scales) : weights;
  const dValue = products(group(dropped, value), group(dy, value), "a");
  const dDropped = ungroup(products(group(dy, value), value, "b"), dy);
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
  { scale, bias, part }: WeightOptions,
): Tensor[] {
  const dScores = softmaxGradReference(dWeights, weights);
  const grouped = group(dScores, key);
  const dQuery = mul(ungroup(products(grouped, key), query), scale);
  const dKey = mul(products(grouped, group(query, key), "a"), scale);
  if (!bias) return [dQuery, dKey];
  return [dQuery, dKey, sumTo(dScores, part ? partShape(bias.shape, part) : bias.shape)];
}

function scalesOf(weights: Tensor, { dropout, part }: WeightOptions): Tensor | undefined {
  if (!dropout || dropout.rate === 0) return undefined;
  const { sizes, begin, size } = part ?? wholeOf(scoreSizesOf(weights));
  const [entry, head, query, key] = begin as [number, number, number, number];
  const [, , queries, keys] = size as [number, number, number, number];
  const firstPair = entry * sizes.heads + head;
  const constants = dropoutConstants(dropout.rate, dropout.seed);
  const scales = new Float32Array(util.sizeFromShape(weights.shape));
  for (let row = 0; row * keys < scales.length; row++) {
    const [pair, i] = [Math.floor(row / queries), row % queries];
    const first = ((firstPair + pair) * sizes.queries + query + i) * sizes.keys + key;
    drawScales(scales.subarray(row * keys, (row + 1) * keys), first, constants);
  }
  return tensor(scales, weights.shape);
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
