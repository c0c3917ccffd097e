import {
  concat,
  pad,
  slice,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
  transpose,
} from "@tensorflow/tfjs-core";
import { type AttendOptions, type MultiHeadAttention, newCache } from "@tx/attention";

/**
 * Self attention with a cache: a prefill, then one token at a time.
 *
 * @param x [batch, tokens, dModel]
 * @param call The mask's keys are of all tokens.
 * @returns Outputs and weights of all steps, and what the cache holds at the end.
 */
export function decodeInSteps(
  attention: MultiHeadAttention,
  x: Tensor3D,
  prefill: number,
  { mask = {}, positional }: Pick<AttendOptions, "mask" | "positional">,
): Record<string, Tensor> {
  const [batch, tokens] = x.shape;
  const cache = newCache(attention, { batch, maxLen: tokens });
  const outputs: Tensor[] = [];
  const weights: Tensor[] = [];
  for (let start = 0; start < tokens; start = cache.length) {
    const count = start === 0 ? prefill : 1;
    const keys = mask.keys && (slice(mask.keys, [0, start], [batch, count]) as Tensor2D);
    const step = attention.forward(slice(x, [0, start, 0], [batch, count, -1]), {
      ...{ mask: { ...mask, keys }, positional, cache, returnWeights: true },
    });
    outputs.push(step.output);
    const later = tokens - cache.length;
    weights.push(
      pad(step.weights, [
        [0, 0],
        [0, 0],
        [0, 0],
        [0, later],
      ]),
    );
  }
  const held = [cache.keys(), cache.values()].map((rows) => transpose(rows, [0, 2, 1, 3]));
  cache.dispose();
  return {
    output: concat(outputs, 1),
    attention_weights: concat(weights, 2),
    cache_k: held[0]!,
    cache_v: held[1]!,
  };
}
