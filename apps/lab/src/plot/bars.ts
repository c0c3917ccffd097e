import type { CustomSeriesRenderItemAPI } from "echarts";
import type { BarsPlot, Language, Series } from "../experiment/experiment";
import { shown } from "./axis";
import { colorOf } from "./colors";

/** Share of a category's width that its bars take together. */
const FULL = 0.7;

/** Groups of bars, with whiskers where the series have bands. */
export function barsSeries(plot: BarsPlot, series: readonly Series[], language: Language) {
  const log = plot.y.log ?? false;
  const bars = series.map(({ label, x, y }, n) => ({
    type: "bar" as const,
    name: label[language],
    data: x.map((at, point) => [at, shown(y[point]!, log)]),
    itemStyle: { color: colorOf(n) },
    barGap: "0%",
    barCategoryGap: `${Math.round(100 * (1 - FULL))}%`,
    emphasis: { disabled: true },
  }));
  const whiskers = series.flatMap((one, n) => whiskersOf(one, { n, of: series.length, log }));
  return [...bars, ...whiskers];
}

/** A line from low to high in the middle of the n-th bar of each group. */
function whiskersOf(
  { x, low, high }: Series,
  { n, of, log }: { readonly n: number; readonly of: number; readonly log: boolean },
) {
  if (!low || !high) return [];
  const data = x.flatMap((at, point): [number, number, number][] => {
    const [from, to] = [shown(low[point]!, log), shown(high[point]!, log)];
    return from === null || to === null ? [] : [[at, from, to]];
  });
  const renderItem = (_: unknown, api: CustomSeriesRenderItemAPI) => {
    const band = (api.size!([1, 0]) as number[])[0]!;
    const shift = band * FULL * ((n + 0.5) / of - 0.5);
    const [x1, y1] = api.coord([api.value(0), api.value(1)]) as [number, number];
    const [, y2] = api.coord([api.value(0), api.value(2)]) as [number, number];
    const at = x1 + shift;
    const style = { stroke: "var(--ink)", lineWidth: 1.5 };
    const stroke = (shape: { x1: number; y1: number; x2: number; y2: number }) => ({
      type: "line" as const,
      shape,
      style,
    });
    return {
      type: "group" as const,
      children: [
        stroke({ x1: at, y1, x2: at, y2 }),
        stroke({ x1: at - 4, y1, x2: at + 4, y2: y1 }),
        stroke({ x1: at - 4, y1: y2, x2: at + 4, y2 }),
      ],
    };
  };
  return [
    { type: "custom" as const, data, encode: { x: 0, y: [1, 2] }, renderItem, silent: true, z: 5 },
  ];
}
