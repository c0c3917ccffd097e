import { slice, type Tensor } from "@tensorflow/tfjs-core";
import type { Mask, ScoreSizes } from "./mask";

/** Some queries and some keys of one call's scores, one after another. */
export interface ScorePart {
  /** Of the whole call, or of the block of it that is computed by itself. */
  readonly sizes: ScoreSizes;
  /** Which of all pairs of batch and head the block's first one is. */
  readonly firstPair: number;
  /** The first query and how many there are. */
  readonly query: number;
  readonly queries: number;
  /** The first key and how many there are. */
  readonly key: number;
  readonly keys: number;
}

/** All queries and all keys. */
export function wholeOf(sizes: ScoreSizes): ScorePart {
  return { sizes, firstPair: 0, query: 0, queries: sizes.queries, key: 0, keys: sizes.keys };
}

/** Of a whole, the part of some queries with the keys that any of them may see by its place; perhaps none. */
export function partOf(
  mask: Mask,
  { sizes, firstPair }: ScorePart,
  query: number,
  queries: number,
): ScorePart {
  const place = query + sizes.keys - sizes.queries;
  const { before, after = Number.POSITIVE_INFINITY } = mask.window ?? {};
  let end = Math.min(sizes.keys, place + queries + (mask.causal ? 0 : after));
  if (mask.prefix !== undefined) end = Math.min(end, Math.max(place + queries, mask.prefix));
  const key = before === undefined ? 0 : Math.max(0, place - before);
  return { sizes, firstPair, query, queries, key, keys: Math.max(0, end - key) };
}

/** A part of a shape that broadcasts to the whole call's scores. */
export function partShape(shape: readonly number[], part: ScorePart): number[] {
  const wanted = [part.queries, part.keys];
  return shape.map((size, axis) => (size === 1 ? 1 : (wanted[axis + 2 - shape.length] ?? size)));
}

/** A part of a tensor that broadcasts to the whole call's scores; the tensor itself if it is all. */
export function takePart(x: Tensor, part: ScorePart): Tensor {
  const shape = partShape(x.shape, part);
  if (shape.join() === x.shape.join()) return x;
  const starts = [part.query, part.key];
  const begin = x.shape.map((size, axis) => (size === 1 ? 0 : (starts[axis + 2 - x.rank] ?? 0)));
  return slice(x, begin, shape);
}
