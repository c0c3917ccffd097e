import type { EChartsCoreOption } from "echarts/core";
import type { Language, Plot, Results, Series } from "../experiment/experiment";
import { xAxisOf, yAxisOf } from "./axis";
import { barsSeries } from "./bars";
import { heatmapOption } from "./heatmap";
import { legendOf } from "./legend";
import { linesSeries } from "./lines";
import { categoryAxisOf, scatterSeries } from "./scatter";

export interface PictureOptions {
  readonly language: Language;
  /** Of the picture, in pixels. */
  readonly width: number;
}

/**
 * The echarts option of a plot, for echarts' SVG renderer: colours are CSS variables
 * ({@link colorVariables}). Needs the parts that `plot/echarts.ts` registers. The title is left to
 * whoever shows it.
 */
export function optionOf(
  plot: Plot,
  results: Results,
  { language, width }: PictureOptions,
): EChartsCoreOption {
  const base = { animation: false, textStyle: { fontFamily: "system-ui, sans-serif" } };
  if (plot.kind === "heatmap") return { ...base, ...heatmapOption(plot, results, language) };
  const named = new Map(results.series.map((series) => [series.name, series]));
  const series = plot.series
    .map((name) => named.get(name))
    .filter((one): one is Series => one !== undefined && one.x.length > 0);
  const { legend, height } = legendOf(
    series.map(({ label }) => label[language]),
    width,
  );
  const grid = {
    left: 8,
    right: 16,
    top: height + 30,
    bottom: 24,
    outerBoundsMode: "same" as const,
  };
  const yAxis = yAxisOf(plot.y, language);
  switch (plot.kind) {
    case "lines":
      return {
        ...{ ...base, legend, grid, yAxis, xAxis: linesAxis(plot, series, language) },
        series: linesSeries(plot, series, language),
      };
    case "scatter":
      return {
        ...{ ...base, legend, grid, yAxis },
        xAxis: plot.categories
          ? categoryAxisOf(plot.categories, plot.x, { language, width })
          : xAxisOf(plot.x, language),
        series: scatterSeries(plot, series, language),
      };
    case "bars":
      return {
        ...{ ...base, legend, grid, yAxis: { ...yAxis, scale: false } },
        xAxis: {
          type: "category" as const,
          data: plot.categories.map((category) => category[language]),
          axisTick: { show: false },
          axisLine: { lineStyle: { color: "var(--line)" } },
          axisLabel: {
            ...{ color: "var(--soft)", fontSize: 11, interval: 0, overflow: "break" as const },
            width: (width - 60) / plot.categories.length - 4,
          },
        },
        series: barsSeries(plot, series, language),
      };
  }
}

/** From the first to the last point, where the plot does not say. */
function linesAxis(
  plot: Extract<Plot, { kind: "lines" }>,
  series: readonly Series[],
  language: Language,
) {
  const all = series.flatMap(({ x }) => x);
  const ends = all.length > 0 ? { min: Math.min(...all), max: Math.max(...all) } : {};
  return { ...ends, ...xAxisOf(plot.x, language) };
}
