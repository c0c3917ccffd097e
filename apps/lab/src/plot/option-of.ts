import type { EChartsCoreOption } from "echarts/core";
import type { Language, Plot, Results, Series } from "../experiment/experiment";
import { xAxisOf, yAxisOf } from "./axis";
import { barsSeries } from "./bars";
import { heatmapOption } from "./heatmap";
import { legendOf } from "./legend";
import { linesSeries } from "./lines";
import { namesBelow } from "./names-below";
import { categoryAxisOf, scatterSeries } from "./scatter";
import { shownSeries } from "./shown-series";

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
  const series = shownSeries(plot, results);
  const { legend, height } = legendOf(
    series.map(({ label }) => label[language]),
    width,
  );
  // Names of marks stand above the picture, below the name of the axis.
  const marks = plot.kind === "lines" && plot.marks ? 14 : 0;
  const grid = {
    left: 8,
    right: 16,
    top: height + 30 + marks,
    bottom: 24,
    outerBoundsMode: "same" as const,
  };
  const upright = yAxisOf(plot.y, language);
  const decades: Decades = plot.y.log ? decadesOf(series) : {};
  const yAxis = { ...decades, ...upright, nameGap: upright.nameGap + marks };
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
        ...{ ...base, legend, grid },
        // Bars stand on the axis, also where that is logarithmic and has no 0.
        yAxis: { ...yAxis, scale: false, ...(decades.min && { startValue: decades.min }) },
        xAxis: {
          type: "category" as const,
          data: plot.categories.map((category) => category[language]),
          axisTick: { show: false },
          axisLine: { lineStyle: { color: "var(--line)" } },
          axisLabel: namesBelow(
            plot.categories.map((category) => category[language]),
            width,
          ).axisLabel,
        },
        series: barsSeries(plot, series, language),
      };
  }
}

/** At most so many lines across a logarithmic picture. */
const LINES = 6;

type Decades = Readonly<Partial<Record<"min" | "max" | "interval", number>>>;

/** Ends of a logarithmic axis at powers of ten around all that is shown, and the lines between. */
function decadesOf(series: readonly Series[]): Decades {
  const all = series
    .flatMap(({ y, low = [], high = [] }) => [...y, ...low, ...high])
    .filter((value): value is number => value !== null && value > 0)
    .map(Math.log10);
  if (all.length === 0) return {};
  const [least, most] = [Math.floor(Math.min(...all)), Math.ceil(Math.max(...all))];
  const interval = Math.max(1, Math.ceil((most - least) / LINES));
  const from = interval * Math.floor(least / interval);
  return { min: 10 ** from, max: 10 ** Math.max(most, from + 1), interval };
}

/** So many points have their own numbers at a logarithmic axis. */
const FEW = 8;

/** From the first to the last point, where the plot does not say. */
function linesAxis(
  plot: Extract<Plot, { kind: "lines" }>,
  series: readonly Series[],
  language: Language,
) {
  const all = [...new Set(series.flatMap(({ x }) => x))];
  const ends = all.length > 0 ? { min: Math.min(...all), max: Math.max(...all) } : {};
  const axis = { ...ends, ...xAxisOf(plot.x, language) };
  // A few points that are doubled from one to the next: powers of ten are not where they are.
  if (!(plot.x.log && plot.marked && all.length <= FEW)) return axis;
  return { ...axis, axisLabel: { ...axis.axisLabel, customValues: all } };
}
