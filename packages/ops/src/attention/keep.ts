import {
  add,
  cast,
  clipByValue,
  equal,
  expandDims,
  getBackend,
  mul,
  range,
  reshape,
  sub,
  type Tensor,
  zeros,
} from "@tensorflow/tfjs-core";
import type { Mask, ScoreSizes } from "./mask";
import { type ScorePart, takePart } from "./score-part";

/** Whether a query might see no key at all, which needs care after the softmax. */
export function mayHideAll(mask: Mask, { queries, keys }: ScoreSizes): boolean {
  if (mask.keys ?? mask.dense ?? mask.documents) return true;
  // A query whose own place is among the keys sees at least that one.
  return queries > keys && hidesByPlace(mask);
}

function hidesByPlace({ causal, window, prefix }: Mask): boolean {
  return (
    causal || window?.before !== undefined || window?.after !== undefined || prefix !== undefined
  );
}

/**
 * The mask of a part as one tensor: 1 where a query may attend, else 0; broadcasts to the scores.
 *
 * Arithmetic, where comparing and joining would say it in fewer words: tfjs 4.22.0's wasm backend takes
 * 120 ns a number to compare or join tensors that broadcast, and 0.2 ns to add or multiply them.
 */
export function keepOf(mask: Mask, part: ScorePart): Tensor | undefined {
  const parts = keepsByPlace(mask, part);
  if (mask.documents) {
    const queries = takePart(expandDims(expandDims(mask.documents.queries, 1), 3), part);
    parts.push(cast(equal(queries, ofKeys(mask.documents.keys, part)), "float32"));
  }
  if (mask.keys) parts.push(cast(ofKeys(mask.keys, part), "float32"));
  if (mask.dense) parts.push(cast(takePart(mask.dense, part), "float32"));
  return parts.length === 0 ? undefined : parts.reduce((a, b) => mul(a, b));
}

/** A part of [batch, keys], as it broadcasts to scores. */
function ofKeys(x: Tensor, part: ScorePart): Tensor {
  return takePart(expandDims(expandDims(x, 1), 1), part);
}

/** What each field that goes by place allows, [queries, keys]. */
function keepsByPlace(mask: Mask, { sizes, begin, size }: ScorePart): Tensor[] {
  if (!hidesByPlace(mask)) return [];
  const { before, after } = mask.window ?? {};
  const [, , query, key] = begin as [number, number, number, number];
  const [, , queries, keys] = size as [number, number, number, number];
  const start = query + sizes.keys - sizes.queries;
  const places = reshape(range(start, start + queries), [queries, 1]);
  const numbers = reshape(range(key, key + keys), [1, keys]);
  // How far a key lies before its query's place: whole numbers, so that steps can be had by clipping.
  const distance = sub(places, numbers);
  const from0 = (x: Tensor) => clipByValue(add(x, 1), 0, 1);
  const causal = () => from0(distance);
  const kept: Tensor[] = [];
  if (mask.causal) kept.push(causal());
  if (before !== undefined) kept.push(from0(sub(before, distance)));
  if (after !== undefined) kept.push(from0(add(distance, after)));
  if (mask.prefix !== undefined) {
    const first = clipByValue(sub(mask.prefix, numbers), 0, 1);
    kept.push(clipByValue(add(first, causal()), 0, 1));
  }
  return kept;
}

/**
 * The scores' upper limits: −1e38 where a query may not attend, no limit elsewhere. The minimum
 * with it replaces forbidden scores in one operation; adding would let huge ones through, and a
 * limit such as −1e9 would lie above scores that a bias has pushed lower still.
 *
 * @param shape That of the scores.
 */
export function limitOf(keep: Tensor, shape: number[]): Tensor {
  const limit = mul(sub(mul(keep, 2), 1), 1e38);
  // As in keepOf: the wasm backend's minimum is slow where it broadcasts.
  return getBackend() === "wasm" ? add(limit, zeros(shape)) : limit;
}
