import type { Tensor3D } from "@tensorflow/tfjs-core";
import { cachedAttention, type LinearWeights } from "@tx/ops";
import type { Call } from "./cached-call";
import type { KeyValueCache } from "./key-value-cache";
import type { MultiHeadAttention } from "./multi-head-attention";
import { dotScaleOf } from "./score-function";

/**
 * Self-attention with a cache in one operation, where nothing comes between the projections but a
 * scaled dot product and places in the mask, and the engine has such an operation.
 *
 * @param x [batch, queries, dModel]
 * @returns [batch, queries, dModel], and the cache has taken in the tokens; undefined where nothing has
 *   been done.
 */
export function attendInCache(
  cache: KeyValueCache,
  attention: MultiHeadAttention<boolean>,
  x: Tensor3D,
  { key, value, mask, span, positional, residual }: Call,
): Tensor3D | undefined {
  const { queryNorm, keyNorm, dropout, output, heads, score } = attention;
  if (cache.fixed || cache.tellsFacts || x !== key || x !== value) return undefined;
  if (!output || queryNorm || keyNorm || dropout.active || span.q.ids || span.k.ids) {
    return undefined;
  }
  const { rotate, bias, scores, values: mixed } = positional ?? {};
  if (rotate ?? bias ?? scores ?? mixed) return undefined;
  const scale = dotScaleOf(score, attention.headDim);
  if (scale === undefined) return undefined;
  const { keys, values } = cache.room();
  const made = cachedAttention(x, {
    query: attention.query as unknown as LinearWeights,
    key: attention.key as unknown as LinearWeights,
    value: attention.value as unknown as LinearWeights,
    output: output as unknown as LinearWeights,
    heads,
    keys,
    values,
    held: cache.length,
    scale,
    mask,
    residual,
  });
  if (made) cache.took(x.shape[1]);
  return made;
}
