import { LineChart, ScatterChart } from "echarts/charts";
import { GridComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import type { Row } from "./summary";

const [WIDTH, ROW, TOP, BOTTOM] = [560, 24, 8, 40];

/** Losses of every choice as dots, with a line from the least to the most of the seeds. */
export function dotPlot(rows: readonly Row[], lengths: readonly number[]): string {
  use([LineChart, ScatterChart, GridComponent, SVGRenderer]);
  const height = TOP + BOTTOM + ROW * rows.length;
  const chart = init(null, null, { renderer: "svg", ssr: true, width: WIDTH, height });
  const label = { color: "var(--soft)", fontSize: 12 };
  const left = 16 + 7 * Math.max(...rows.map((row) => row.label.length));
  try {
    chart.setOption({
      animation: false,
      textStyle: { fontFamily: "system-ui, sans-serif" },
      grid: { left, right: 16, top: TOP, bottom: BOTTOM },
      xAxis: {
        ...{ type: "value", scale: true, name: "loss, nats a token" },
        ...{ nameLocation: "middle", nameGap: 26, nameTextStyle: label, axisLabel: label },
        splitLine: { lineStyle: { color: "var(--line)" } },
      },
      yAxis: {
        ...{ type: "category", inverse: true, data: rows.map((row) => row.label) },
        axisLabel: { ...label, color: "var(--ink)", interval: 0 },
        axisTick: { show: false },
        axisLine: { lineStyle: { color: "var(--line)" } },
        splitLine: { show: true, lineStyle: { color: "var(--line)", opacity: 0.5 } },
      },
      series: lengths.flatMap((_, n) => seriesOf(rows, n)),
    });
    return chart.renderToSVGString().replace(/zr\d+-/g, "dots-");
  } finally {
    chart.dispose();
  }
}

function seriesOf(rows: readonly Row[], length: number) {
  const color = `var(--c${length})`;
  const dots = rows.flatMap(({ label, losses }) => {
    const spread = losses[length];
    return spread ? [[spread.mean, label] as [number, string]] : [];
  });
  const lines = rows.flatMap(({ label, losses }) => {
    const spread = losses[length];
    if (!spread || spread.least === spread.most) return [];
    return {
      ...{
        type: "line" as const,
        showSymbol: false,
        lineStyle: { color, width: 2, opacity: 0.55 },
      },
      data: [
        [spread.least, label],
        [spread.most, label],
      ],
    };
  });
  return [...lines, { type: "scatter" as const, symbolSize: 9, itemStyle: { color }, data: dots }];
}
