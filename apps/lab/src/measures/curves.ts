import type { Series, Text } from "../experiment/experiment";
import { mean } from "../experiment/statistics";

/** The mean of the numbers that there are; NaN if there are none. */
const meanOfFinite = (numbers: readonly number[]): number =>
  mean(numbers.filter(Number.isFinite));

/** The mean of the last share of a curve, where a single step says little. */
export function ending(losses: readonly number[], share = 0.1): number {
  return meanOfFinite(losses.slice(-Math.max(1, Math.round(losses.length * share))));
}

/**
 * A curve of few points, each the mean of some neighbours, at the last of them as counted from 1.
 *
 * @param numbers One a step; those that are not finite are left out, and a point of none is null.
 */
export function binned(
  numbers: readonly number[],
  points = 40,
): { x: number[]; y: (number | null)[] } {
  const count = Math.min(points, numbers.length);
  const edges = Array.from({ length: count + 1 }, (_, n) =>
    Math.round((n * numbers.length) / count),
  );
  const x = edges.slice(1);
  const y = edges.slice(1).map((end, n) => orNull(meanOfFinite(numbers.slice(edges[n], end))));
  return { x, y };
}

/** Several runs of one kind as a series: the mean, and from the least to the greatest as a band. */
export function seriesOfRuns(
  named: { readonly name: string; readonly label: Text },
  runs: readonly (readonly number[])[],
  points = 40,
): Series {
  const curves = runs.map((run) => binned(run, points));
  const { x } = curves[0]!;
  const at = (n: number) =>
    curves.map(({ y }) => y[n]).filter((value): value is number => typeof value === "number");
  const over = (of: (values: number[]) => number) =>
    x.map((_, n) => (at(n).length > 0 ? of(at(n)) : null));
  const y = over(mean);
  if (runs.length === 1) return { ...named, x, y };
  return { ...named, x, y, low: over((v) => Math.min(...v)), high: over((v) => Math.max(...v)) };
}

/**
 * A bar a category: the mean of its runs, and from the least to the greatest as whiskers.
 *
 * @param runs For each category the numbers of its runs; a category of none has no bar.
 */
export function seriesOfBars(
  named: { readonly name: string; readonly label: Text },
  runs: readonly (readonly number[])[],
): Series {
  const finite = runs.map((numbers) => numbers.filter(Number.isFinite));
  const over = (of: (values: readonly number[]) => number) =>
    finite.map((numbers) => (numbers.length > 0 ? of(numbers) : null));
  const x = runs.map((_, n) => n);
  const several = finite.some(({ length }) => length > 1);
  return {
    ...{ ...named, x, y: over(mean) },
    ...(several && { low: over((v) => Math.min(...v)), high: over((v) => Math.max(...v)) }),
  };
}

/** JSON knows no NaN: a point that is not there is null. */
export const orNull = (number: number): number | null => (Number.isFinite(number) ? number : null);
