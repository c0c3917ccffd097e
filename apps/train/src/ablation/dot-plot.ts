import { LineChart, ScatterChart } from "echarts/charts";
import { GridComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import type { Row } from "./summary";

const [WIDTH, ROW, TOP, BOTTOM] = [600, 30, 8, 40];

/** Losses of every choice as dots, with a line from the least to the most of the seeds. */
export function dotPlot(rows: readonly Row[], lengths: readonly number[]): string {
  use([LineChart, ScatterChart, GridComponent, SVGRenderer]);
  const height = TOP + BOTTOM + ROW * rows.length;
  const chart = init(null, null, { renderer: "svg", ssr: true, width: WIDTH, height });
  const label = { color: "var(--soft)", fontSize: 11 };
  const left = 16 + 7 * Math.max(...rows.map((row) => row.label.length));
  try {
    chart.setOption({
      animation: false,
      textStyle: { fontFamily: "system-ui, sans-serif" },
      grid: { left, right: 16, top: TOP, bottom: BOTTOM },
      xAxis: {
        ...{ type: "value", name: "loss, nats a token", ...endsOf(rows) },
        ...{ nameLocation: "middle", nameGap: 26, nameTextStyle: label },
        axisLabel: { ...label, hideOverlap: true, showMinLabel: false, showMaxLabel: false },
        axisLine: { show: false },
        splitLine: { lineStyle: { color: "var(--line)" } },
      },
      yAxis: {
        ...{ type: "value", inverse: true, min: -0.5, max: rows.length - 0.5, interval: 0.5 },
        axisLabel: {
          ...{ ...label, color: "var(--ink)" },
          formatter: (place: number) => rows[place]?.label ?? "",
        },
        axisTick: { show: false },
        axisLine: { lineStyle: { color: "var(--line)" } },
        splitLine: { show: false },
      },
      series: lengths.flatMap((_, n) => seriesOf(rows, n, lengths.length)),
    });
    return chart.renderToSVGString().replace(/zr\d+-/g, "dots-");
  } finally {
    chart.dispose();
  }
}

function seriesOf(rows: readonly Row[], n: number, lengths: number) {
  const color = `var(--c${n})`;
  // Lengths of one row stand below each other.
  const shift = 0.2 * (n - (lengths - 1) / 2);
  const all = rows.flatMap(({ losses }, place) => {
    const spread = losses[n];
    return spread ? [{ spread, at: place + shift }] : [];
  });
  const lines = all.map(({ spread, at }) => ({
    ...{ type: "line" as const, showSymbol: false, lineStyle: { color, width: 2, opacity: 0.6 } },
    data: [
      [spread.least, at],
      [spread.most, at],
    ],
  }));
  const dots = all.map(({ spread, at }) => [spread.mean, at]);
  return [...lines, { type: "scatter" as const, symbolSize: 8, itemStyle: { color }, data: dots }];
}

/** Where the axis begins and ends: a little beyond all seeds. */
function endsOf(rows: readonly Row[]): { min: number; max: number } {
  const all = rows.flatMap(({ losses }) =>
    losses.flatMap((loss) => (loss ? [loss.least, loss.most] : [])),
  );
  const [least, most] = [Math.min(...all), Math.max(...all)];
  const room = 0.05 * (most - least || 1);
  const rounded = (value: number, round: (x: number) => number) => round(value * 100) / 100;
  return { min: rounded(least - room, Math.floor), max: rounded(most + room, Math.ceil) };
}
