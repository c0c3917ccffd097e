import {
  cast,
  clipByValue,
  expandDims,
  range,
  sub,
  type Tensor,
  type Tensor3D,
  type Tensor4D,
  tensor,
  tidy,
  tile,
} from "@tensorflow/tfjs-core";
import { checkShapes, type Side, type Span } from "@tx/core";
import { skew } from "@tx/ops";

/**
 * Distance from key to query, query position minus key position, of each column that
 * {@link skew} knows: queries + keys − 1 of them, falling.
 */
export function distancesOf({ q, k }: Span): number[] {
  const first = q.start - k.start + q.len - 1;
  return Array.from({ length: q.len + k.len - 1 }, (_, column) => first - column);
}

/** Whether positions were told one by one, so that distances do not follow from places. */
export function hasIds({ q, k }: Span): boolean {
  return q.ids !== undefined || k.ids !== undefined;
}

/**
 * Distance from key to query of every pair, as float32.
 *
 * @returns [batch, queries, keys] where there are explicit positions, else [1, queries, keys].
 * @throws ShapeError if explicit positions do not fit the span.
 */
export function pairDistances({ q, k }: Span): Tensor3D {
  return tidy(() => {
    const queries = expandDims(positionsOf("span.q.ids", q), 2);
    return sub(queries, expandDims(positionsOf("span.k.ids", k), 1)) as Tensor3D;
  });
}

/**
 * A bias that is a function of the distance alone. Where positions follow one another it is worked
 * out once for each of the queries + keys − 1 distances.
 *
 * @param f From distances, query minus key, float32 [n, rows, columns], to [n, heads, rows, columns].
 * @returns [1, heads, queries, keys]; with explicit positions [batch, heads, queries, keys].
 * @throws ShapeError if explicit positions do not fit the span.
 */
export function biasByDistance(span: Span, f: (distances: Tensor3D) => Tensor): Tensor4D {
  return tidy(() => {
    if (hasIds(span)) return f(pairDistances(span)) as Tensor4D;
    const distances = distancesOf(span);
    const line = f(tensor(distances, [1, 1, distances.length], "float32"));
    return skew(tile(line, [1, 1, span.q.len, 1]) as Tensor4D);
  });
}

/**
 * The row of a table over the distances −limit to limit for every pair, counted by key minus query,
 * int32 [batch or 1, queries, keys]. Further distances are taken for the limit.
 */
export function pairRows(span: Span, limit: number): Tensor3D {
  return tidy(() => rowsOf(pairDistances(span), limit));
}

/** The same for distances, query minus key, of any shape. */
export function rowsOf<T extends Tensor>(distances: T, limit: number): T {
  return tidy(
    () => cast(sub(limit, clipByValue(distances, -limit, limit)), "int32") as Tensor as T,
  );
}

/**
 * Positions of one side as float32 [batch, len], or [1, len] where rows follow one another.
 *
 * @throws ShapeError if explicit positions do not fit the side.
 */
export function positionsOf(name: string, { start, len, ids }: Side): Tensor {
  if (!ids) return expandDims(range(start, start + len), 0);
  checkShapes([name, ids, `batch ${len}`]);
  return cast(ids, "float32");
}
