import { mean } from "../experiment/statistics";

/**
 * How far the maps of two heads are apart on average, 0 to 1: the total variation between the weights
 * of a query, over all pairs of heads, queries and rows of the batch.
 *
 * A first query that sees one key is left out: all heads agree there.
 *
 * @param maps [batch][heads][queries][keys], of one layer.
 */
export function headDistance(
  maps: readonly (readonly (readonly (readonly number[])[])[])[],
): number {
  const distances = maps.flatMap((heads) =>
    heads.flatMap((one, n) =>
      heads
        .slice(n + 1)
        .flatMap((other) => one.slice(1).map((row, query) => between(row, other[query + 1]!))),
    ),
  );
  return mean(distances);
}

const between = (one: readonly number[], other: readonly number[]) =>
  one.reduce((sum, weight, key) => sum + Math.abs(weight - other[key]!), 0) / 2;
