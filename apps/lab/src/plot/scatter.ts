import type { Axis, Language, ScatterPlot, Series, Text } from "../experiment/experiment";
import { shown, small, xAxisOf } from "./axis";
import { colorOf } from "./colors";

/** Points; smaller and paler where there are many. */
export function scatterSeries(plot: ScatterPlot, series: readonly Series[], language: Language) {
  const most = Math.max(0, ...series.map(({ x }) => x.length));
  const [symbolSize, opacity] = most > 100 ? [4, 0.45] : [9, 0.85];
  return series.map(({ label, x, y }, n) => ({
    type: "scatter" as const,
    name: label[language],
    data: x.map((at, point) => [at, shown(y[point]!, plot.y.log)]),
    symbolSize,
    itemStyle: { color: colorOf(n), opacity },
    emphasis: { disabled: true },
  }));
}

/** An axis of categories on which points may lie a little left and right. */
export function categoryAxisOf(
  categories: readonly Text[],
  axis: Axis,
  { language, width }: { readonly language: Language; readonly width: number },
) {
  const customValues = categories.map((_, n) => n);
  return {
    ...xAxisOf(axis, language),
    min: -0.5,
    max: categories.length - 0.5,
    axisLabel: {
      ...small,
      customValues,
      formatter: (value: number) => categories[value]?.[language] ?? "",
      width: (width - 60) / categories.length - 4,
      overflow: "break" as const,
      interval: 0,
    },
    nameGap: 40,
  };
}
