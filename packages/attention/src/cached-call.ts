import { logicalAnd, type Tensor2D, type Tensor3D, type Tensor4D } from "@tensorflow/tfjs-core";
import { checkShapes, type Mask, type Positional, type Span } from "@tx/core";
import { splitHeads } from "./heads";
import type { KeyValueCache } from "./key-value-cache";
import type { MultiHeadAttention } from "./multi-head-attention";
import { keysOf, turned } from "./prepared-heads";
import type { TokenFacts } from "./token-facts";

/** What says which keys are seen, and where queries and keys stand. */
interface MaskAndSpan {
  readonly mask: Mask;
  readonly span: Span;
}

/** What queries meet: [batch, keys, kvHeads, width], perhaps in buffers with room. */
export interface KeysAndValues extends MaskAndSpan {
  /** As they are compared. */
  readonly keys: Tensor4D;
  readonly values: Tensor4D;
  /** How many rows of the buffers count. Default: all. */
  readonly keyCount?: number | undefined;
}

/** One call of attention, its defaults settled. */
export interface Call extends MaskAndSpan {
  readonly key: Tensor3D;
  readonly value: Tensor3D;
  readonly positional: Positional | undefined;
  readonly cache: KeyValueCache | undefined;
  readonly layer: number;
  readonly residual: Tensor3D | undefined;
}

/**
 * The keys and values of a call with a cache: those that it holds and, unless it is fixed, the call's
 * own, which it takes in.
 *
 * @param key [batch, keys, kvHeads · headDim], projected; none beside a fixed cache, nor values.
 */
export function keysAndValuesIn(
  cache: KeyValueCache,
  attention: MultiHeadAttention<boolean>,
  { mask, span, positional }: Call,
  key: Tensor3D | undefined,
  value: Tensor3D | undefined,
): KeysAndValues {
  const raw = positional?.cacheKeys === "raw";
  let seen: MaskAndSpan = { mask, span };
  if (!key || !value) {
    seen = readOf(cache, seen);
  } else {
    const own = spanOfNew(span, cache.length, key.shape[1]);
    const split = keysOf(attention, key);
    const keys = raw ? split : turned(attention, split, "k", own, positional);
    seen = takeIn(cache, keys, splitHeads(value, attention.kvHeads), seen);
  }
  // Raw keys are turned by where they stand now, so that many are to be made anyway.
  if (!raw) return { ...cache.room(), ...seen, keyCount: cache.length };
  const keys = turned(attention, cache.keys(), "k", seen.span, positional);
  return { keys, values: cache.values(), ...seen };
}

/**
 * Where the keys that a call adds to a cache stand: at its queries, after what is held.
 *
 * @param span That of the call, over all keys.
 */
function spanOfNew({ q, k }: Span, held: number, tokens: number): Span {
  const ids = q.ids ? { ids: q.ids } : {};
  return { q, k: { start: k.start + held, len: tokens, ...ids } };
}

/**
 * Adds a call's own keys and values to the cache. Fields of the mask that are told of keys, and
 * explicit positions, are those of the new tokens; the cache remembers them.
 *
 * @returns The mask and the span over all that the cache then holds.
 * @throws As {@link KeyValueCache.append}; RangeError if the span has ids of keys.
 */
function takeIn(
  cache: KeyValueCache,
  keys: Tensor4D,
  values: Tensor4D,
  { mask, span }: MaskAndSpan,
): MaskAndSpan {
  const [batch, tokens] = keys.shape;
  // Most calls tell nothing of their tokens, and the cache remembers nothing: this runs for each.
  const told = mask.keys ?? mask.documents ?? span.k.ids ?? span.q.ids;
  if (!told && !cache.tellsFacts) {
    cache.append(keys, values);
    return { mask, span };
  }
  if (mask.keys) checkShapes(["mask.keys", mask.keys, `${batch} ${tokens}`]);
  const { documents } = mask;
  if (documents) checkShapes(["mask.documents.keys", documents.keys, `${batch} ${tokens}`]);
  if (span.k.ids) {
    throw new RangeError(
      "span.k.ids: expected none beside a cache, which remembers them, got some",
    );
  }
  if (span.q.ids) checkShapes(["span.q.ids", span.q.ids, `${batch} ${tokens}`]);
  cache.append(keys, values, {
    visible: mask.keys,
    positions: span.q.ids,
    documents: documents?.keys,
  });
  const seen: Mask = {
    ...mask,
    keys: cache.visible(),
    documents: documents && { ...documents, keys: cache.documents as Tensor2D },
  };
  return { mask: seen, span: withPositions(span, cache) };
}

/**
 * What a fixed cache remembers of its tokens.
 *
 * @param keys [batch, tokens, kvHeads, headDim]
 * @throws ShapeError if the mask's keys or explicit positions do not fit.
 */
export function factsOf(keys: Tensor4D, mask: Mask | undefined, { k }: Span): TokenFacts {
  const [batch, tokens] = keys.shape;
  for (const [name, told] of [
    ["mask.keys", mask?.keys],
    ["span.k.ids", k.ids],
  ] as const) {
    if (told) checkShapes([name, told, `${batch} ${tokens}`]);
  }
  return { visible: mask?.keys, positions: k.ids };
}

/** The mask and the span of a call that only reads a cache. */
function readOf(cache: KeyValueCache, { mask, span }: MaskAndSpan): MaskAndSpan {
  const { batch, length } = cache;
  if (mask.keys) checkShapes(["mask.keys", mask.keys, `${batch} ${length}`]);
  const held = cache.visible();
  const both = held && mask.keys && (logicalAnd(held, mask.keys) as Tensor2D);
  const keys = both ?? held ?? mask.keys;
  return { mask: { ...mask, keys }, span: withPositions(span, cache) };
}

function withPositions({ q, k }: Span, { positions }: KeyValueCache): Span {
  return { q, k: positions ? { ...k, ids: positions } : k };
}
