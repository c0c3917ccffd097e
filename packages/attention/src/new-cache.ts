import { type Tensor3D, tidy } from "@tensorflow/tfjs-core";
import { checkShapes, spanOf } from "@tx/core";
import { checkSpan } from "./attend-heads";
import { factsOf } from "./cached-call";
import { splitHeads } from "./heads";
import { KeyValueCache } from "./key-value-cache";
import type { MultiHeadAttention } from "./multi-head-attention";
import type { AttendOptions } from "./multi-head-attention-options";
import { keysOf, turned } from "./prepared-heads";

/**
 * An empty cache for decoding with a layer; the caller disposes it.
 *
 * @param options Its size.
 * @param options.batch Rows of the batch. Default 1.
 * @param options.maxLen Most tokens that it can hold.
 * @throws RangeError if a size is not a whole number from 1.
 */
export function newCache(
  attention: MultiHeadAttention<boolean>,
  { batch = 1, maxLen }: { batch?: number; maxLen: number },
): KeyValueCache {
  const { kvHeads, headDim, valueHeadDim } = attention;
  return new KeyValueCache({ batch, kvHeads, headDim, valueHeadDim, maxLen });
}

/**
 * Keys and values of inputs that do not change, such as an encoder's output while a decoder runs:
 * a fixed cache, to be given to the layer's forward in place of key and value.
 *
 * @param key [batch, keys, keyDim]
 * @param options As of forward; of the mask only `keys` counts, and is remembered.
 * @returns The caller disposes it.
 * @throws As forward.
 */
export function keyValuesOf(
  attention: MultiHeadAttention<boolean>,
  key: Tensor3D,
  options: Omit<AttendOptions, "key" | "cache"> = {},
): KeyValueCache {
  const { value = key, layer = 0 } = options;
  const { batch, keys } = checkShapes(
    ["key", key, `batch keys ${attention.key.kernel.shape[0]}`],
    ["value", value, `batch keys ${attention.value.kernel.shape[0]}`],
  );
  const { span = spanOf(keys) } = options;
  checkSpan({ ...span, q: { start: 0, len: keys } }, keys, keys);
  const positional = options.positional?.forLayer?.(layer) ?? options.positional;
  const cache = newCache(attention, { batch, maxLen: keys });
  try {
    tidy(() => {
      const raw = positional?.cacheKeys === "raw";
      const projected = keysOf(attention, attention.key.forward(key));
      const held = raw ? projected : turned(attention, projected, "k", span, positional);
      const facts = factsOf(held, options.mask, span);
      cache.append(held, splitHeads(attention.value.forward(value), attention.kvHeads), facts);
    });
    return cache.fix();
  } catch (error) {
    cache.dispose();
    throw error;
  }
}
