import { slice, type Tensor } from "@tensorflow/tfjs-core";
import type { ScoreSizes } from "./mask";

/** A range along each axis of something that broadcasts to [batch, heads, rows, width]. */
export interface Range {
  readonly begin: readonly number[];
  readonly size: readonly number[];
}

/** Some of one call's scores [batch, heads, queries, keys], of which mask, bias and dropout are for all. */
export interface ScorePart extends Range {
  /** Of the whole call. */
  readonly sizes: ScoreSizes;
}

/** All of a call's scores. */
export function wholeOf(sizes: ScoreSizes): ScorePart {
  const { batch, heads, queries, keys } = sizes;
  return { sizes, begin: [0, 0, 0, 0], size: [batch, heads, queries, keys] };
}

/** What a range leaves of a shape; an axis of size 1 broadcasts. */
export function partShape(shape: readonly number[], { size }: Range): number[] {
  return shape.map((n, axis) => (n === 1 ? 1 : size[axis + 4 - shape.length]!));
}

/** A range of a tensor; the tensor itself if that is all of it. */
export function takePart(x: Tensor, range: Range): Tensor {
  const shape = partShape(x.shape, range);
  if (shape.join() === x.shape.join()) return x;
  const begin = x.shape.map((n, axis) => (n === 1 ? 0 : range.begin[axis + 4 - x.rank]!));
  return slice(x, begin, shape);
}
