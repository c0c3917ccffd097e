import type { CustomSeriesRenderItemAPI } from "echarts";
import type { HeatmapPlot, Language, Results } from "../experiment/experiment";
import { small } from "./axis";

/** A matrix in colours, its first row on top. Cells shine through where they are 0. */
export function heatmapOption(plot: HeatmapPlot, results: Results, language: Language) {
  const matrix = (results.matrices ?? []).find(({ name }) => name === plot.matrix);
  const { rows, columns, values } = matrix ?? { rows: [], columns: [], values: [] };
  const most = Math.max(0, ...values.flat().map((value) => Math.abs(value ?? 0)));
  const axis = (name: string, data: readonly string[]) => ({
    type: "category" as const,
    data: data.map(visible),
    name,
    nameLocation: "middle" as const,
    nameTextStyle: small,
    axisTick: { show: false },
    axisLine: { lineStyle: { color: "var(--line)" } },
    splitArea: { show: false },
  });
  const longest = Math.max(0, ...columns.map((label) => label.length));
  const label = { ...small, hideOverlap: true };
  return {
    grid: { left: 30, right: 16, top: 14, bottom: 24, outerBoundsMode: "same" as const },
    xAxis: {
      ...axis(plot.x[language], columns),
      nameGap: longest > 3 ? 56 : 28,
      axisLabel: { ...label, rotate: longest > 3 ? 90 : 0 },
    },
    yAxis: { ...axis(plot.y[language], rows), nameGap: 44, inverse: true, axisLabel: label },
    series: [
      {
        // A heat map of echarts takes its colours from a visual map, which cannot be CSS variables.
        type: "custom" as const,
        name: matrix?.label[language] ?? "",
        data: values.flatMap((row, y) =>
          row.flatMap((value, x) => (value === null || value === 0 ? [] : [[x, y, value]])),
        ),
        renderItem: (_: unknown, api: CustomSeriesRenderItemAPI) => cellOf(api, most),
      },
    ],
  };
}

function cellOf(api: CustomSeriesRenderItemAPI, most: number) {
  const [x, y] = api.coord([api.value(0), api.value(1)]) as [number, number];
  const [width, height] = api.size!([1, 1]) as [number, number];
  const [left, right] = [x - width / 2, x + width / 2].map(Math.round) as [number, number];
  const [top, bottom] = [y - height / 2, y + height / 2].map(Math.round) as [number, number];
  const value = Number(api.value(2));
  const opacity = Number((Math.abs(value) / most).toFixed(3));
  return {
    type: "rect" as const,
    // Whole pixels: between edges that lie within one, its ground would shine through.
    shape: { x: left, y: top, width: right - left, height: bottom - top },
    style: { fill: value < 0 ? "var(--c0)" : "var(--c1)", opacity },
  };
}

/** Spaces and new lines as something that is seen. */
const visible = (label: string) => label.replaceAll("\n", "⏎").replaceAll(" ", "␣");
