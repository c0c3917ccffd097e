import type { Tensor3D, Tensor4D } from "@tensorflow/tfjs-core";
import type { Positional, Span } from "@tx/core";
import { rotated } from "./attend-heads";
import { splitHeads } from "./heads";
import type { MultiHeadAttention } from "./multi-head-attention";
import type { QueryKeyNorm } from "./query-key-norm";

type Attention = MultiHeadAttention<boolean>;

/** Heads of queries or keys, normalised if this is where the layer does. */
export function normed(
  { queryNorm, keyNorm, normOrder }: Attention,
  x: Tensor4D,
  side: "q" | "k",
  at: QueryKeyNorm["order"],
): Tensor4D {
  const norm = side === "q" ? queryNorm : keyNorm;
  return norm && normOrder === at ? norm.forward(x) : x;
}

/**
 * Keys before they are rotated, [batch, keys, kvHeads, headDim].
 *
 * @param key [batch, keys, kvHeads · headDim], projected.
 */
export function keysOf(attention: Attention, key: Tensor3D): Tensor4D {
  return normed(attention, splitHeads(key, attention.kvHeads), "k", "before-rotation");
}

/** Rotates [batch, seq, heads, headDim] by its positions, and normalises where that comes after. */
export function turned(
  attention: Attention,
  x: Tensor4D,
  side: "q" | "k",
  span: Span,
  positional: Positional | undefined,
): Tensor4D {
  return normed(attention, rotated(x, side, span, positional, "bshd"), side, "after-rotation");
}
