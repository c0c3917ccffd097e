import type { CustomSeriesRenderItemAPI } from "echarts";
import type { Language, LinesPlot, Series } from "../experiment/experiment";
import { shown, small } from "./axis";
import { colorOf } from "./colors";

/** Curves with their bands, and upright marks. */
export function linesSeries(plot: LinesPlot, series: readonly Series[], language: Language) {
  const log = plot.y.log ?? false;
  const curves = series.map(({ label, x, y }, n) => ({
    type: "line" as const,
    name: label[language],
    data: x.map((at, point) => [at, shown(y[point]!, log)]),
    showSymbol: plot.marked ?? false,
    symbol: "circle",
    symbolSize: 6,
    connectNulls: false,
    itemStyle: { color: colorOf(n) },
    lineStyle: { width: 2, color: colorOf(n) },
    emphasis: { disabled: true },
    ...(n === 0 && plot.marks ? { markLine: marksOf(plot.marks, language) } : {}),
  }));
  return [...series.flatMap((one, n) => bandOf(one, { log, color: colorOf(n) })), ...curves];
}

/** The area between `low` and `high`: one polygon, which echarts has no series of its own for. */
function bandOf({ x, low, high }: Series, { log, color }: { log: boolean; color: string }) {
  if (!low || !high) return [];
  const points = x.flatMap((at, n): [number, number, number][] => {
    const [from, to] = [shown(low[n]!, log), shown(high[n]!, log)];
    return from === null || to === null ? [] : [[at, from, to]];
  });
  if (points.length < 2) return [];
  const renderItem = ({ dataIndex }: { dataIndex: number }, api: CustomSeriesRenderItemAPI) => {
    if (dataIndex !== 0) return null;
    const edge = (side: 1 | 2) => points.map((point) => api.coord([point[0], point[side]]));
    return {
      type: "polygon" as const,
      shape: { points: [...edge(1), ...edge(2).reverse()] },
      style: { fill: color, opacity: 0.16 },
    };
  };
  const encode = { x: 0, y: [1, 2] };
  return [{ type: "custom" as const, data: points, encode, renderItem, silent: true, clip: true }];
}

const marksOf = (marks: NonNullable<LinesPlot["marks"]>, language: Language) => ({
  silent: true,
  symbol: "none",
  lineStyle: { color: "var(--soft)", type: "dashed" as const, width: 1 },
  data: marks.map(({ at, label }) => ({
    xAxis: at,
    label: { ...small, formatter: label[language], position: "end" as const, distance: 2 },
  })),
});
