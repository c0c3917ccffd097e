import { LineChart, ScatterChart } from "echarts/charts";
import { GridComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import type { Row, Spread } from "./summary";

const [WIDTH, ROW, TOP, BOTTOM] = [420, 21, 8, 40];

/** What stands in one line of the plot. */
interface Line {
  readonly label: string;
  readonly spread: Spread;
}

/**
 * Losses of every choice at one length as dots, the best on top, with a line from the least to the
 * most of the seeds. What is far worse than the rest stands at the edge with its number, so that the
 * rest can be told apart.
 *
 * @param n Which of the lengths.
 */
export function dotPlot(rows: readonly Row[], n: number): string {
  use([LineChart, ScatterChart, GridComponent, SVGRenderer]);
  const lines = linesOf(rows, n);
  const height = TOP + BOTTOM + ROW * lines.length;
  const chart = init(null, null, { renderer: "svg", ssr: true, width: WIDTH, height });
  const label = { color: "var(--soft)", fontSize: 11 };
  const left = 16 + 6.4 * Math.max(...lines.map((line) => line.label.length));
  const ends = endsOf(lines);
  try {
    chart.setOption({
      animation: false,
      textStyle: { fontFamily: "system-ui, sans-serif" },
      grid: { left, right: 16, top: TOP, bottom: BOTTOM },
      xAxis: {
        ...{ type: "value", name: "loss, nats a token", ...ends },
        ...{ nameLocation: "middle", nameGap: 26, nameTextStyle: label },
        ...{ splitNumber: 4 },
        axisLabel: { ...label, hideOverlap: true, showMinLabel: false, showMaxLabel: false },
        ...{ axisLine: { show: false }, axisTick: { show: false } },
        splitLine: { lineStyle: { color: "var(--line)" } },
      },
      yAxis: {
        ...{ type: "value", inverse: true, min: -0.5, max: lines.length - 0.5, interval: 0.5 },
        axisLabel: {
          ...{ ...label, color: "var(--ink)", fontSize: 12 },
          formatter: (place: number) => lines[place]?.label ?? "",
        },
        axisTick: { show: false },
        axisLine: { lineStyle: { color: "var(--line)" } },
        splitLine: { show: false },
      },
      series: seriesOf(lines, `var(--c${n})`, ends.max),
    });
    return chart.renderToSVGString().replace(/zr\d+-/g, `dots${n}-`);
  } finally {
    chart.dispose();
  }
}

/** The best first; without those that cannot be measured at this length. */
function linesOf(rows: readonly Row[], n: number): Line[] {
  return rows
    .flatMap(({ label, losses }) => {
      const spread = losses[n];
      return spread ? [{ label, spread }] : [];
    })
    .sort((a, b) => a.spread.mean - b.spread.mean);
}

function seriesOf(lines: readonly Line[], color: string, edge: number) {
  const placed = lines.map(({ spread }, place) => ({ spread, place }));
  const within = placed.filter(({ spread }) => spread.mean <= edge);
  const beyond = placed.filter(({ spread }) => spread.mean > edge);
  const bars = within.map(({ spread, place }) => ({
    ...{ type: "line" as const, showSymbol: false, lineStyle: { color, width: 2, opacity: 0.55 } },
    data: [
      [spread.least, place],
      [Math.min(edge, spread.most), place],
    ],
  }));
  const dots = {
    ...{ type: "scatter" as const, symbolSize: 8, itemStyle: { color } },
    data: within.map(({ spread, place }) => [spread.mean, place]),
  };
  const arrows = {
    ...{ type: "scatter" as const, symbol: "triangle", symbolSize: 8, symbolRotate: -90 },
    ...{ itemStyle: { color }, clip: false },
    data: beyond.map(({ spread, place }) => ({
      value: [edge, place],
      label: {
        ...{ show: true, position: "left" as const, color: "var(--ink)", fontSize: 11 },
        formatter: spread.mean.toFixed(2),
      },
    })),
  };
  return [...bars, dots, arrows];
}

/** Where the axis begins and ends: a little beyond all seeds, but for those far off. */
function endsOf(lines: readonly Line[]): { min: number; max: number } {
  const means = lines.map(({ spread }) => spread.mean);
  const at = (share: number) => means[Math.floor(share * (means.length - 1))]!;
  // Far off as box plots have it (Tukey 1977): three times the middle half's width above it.
  const limit = at(0.75) + 3 * (at(0.75) - at(0.25));
  const near = means.length < 5 ? lines : lines.filter(({ spread }) => spread.mean <= limit);
  const least = Math.min(...near.map(({ spread }) => spread.least));
  const most = Math.max(...near.map(({ spread }) => spread.most));
  const room = 0.06 * (most - least || 1);
  const rounded = (value: number, round: (x: number) => number) => round(value * 100) / 100;
  return { min: rounded(least - room, Math.floor), max: rounded(most + room, Math.ceil) };
}
