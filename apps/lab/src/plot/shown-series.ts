import type { Plot, Results, Series } from "../experiment/experiment";

/** What a plot shows of the results, in its order: series that are there and have a point. */
export function shownSeries(
  plot: Exclude<Plot, { kind: "heatmap" }>,
  { series }: Results,
): Series[] {
  const named = new Map(series.map((one) => [one.name, one]));
  return plot.series
    .map((name) => named.get(name))
    .filter((one): one is Series => one !== undefined && one.x.length > 0);
}
