import { LineChart, ScatterChart } from "echarts/charts";
import { GridComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import { COLORS } from "./html";

export type Point = readonly [x: number, y: number];

export interface Curve {
  readonly points: readonly Point[];
  /** Number of its colour. */
  readonly color: number;
  /** Thin and pale: numbers as they came, behind their mean. */
  readonly pale?: boolean;
  /** Marks at its points. */
  readonly marked?: boolean;
}

export interface ChartOptions {
  readonly across: string;
  /** Logarithmic upwards. */
  readonly log?: boolean;
  /** Begins at 0. */
  readonly fromZero?: boolean;
}

const [WIDTH, HEIGHT] = [420, 240];
/** More points than the picture has room for are taken together. */
const MOST_POINTS = 300;

/** A chart as SVG whose colours are those of the page, light or dark. */
export function lineChart(curves: readonly Curve[], options: ChartOptions): string {
  use([LineChart, ScatterChart, GridComponent, SVGRenderer]);
  const chart = init(null, null, { renderer: "svg", ssr: true, width: WIDTH, height: HEIGHT });
  try {
    chart.setOption(optionOf(curves, options));
    return unique(chart.renderToSVGString());
  } finally {
    chart.dispose();
  }
}

function optionOf(
  curves: readonly Curve[],
  { across, log = false, fromZero = false }: ChartOptions,
) {
  const quiet = { axisTick: { show: false }, axisLine: { lineStyle: { color: "var(--line)" } } };
  const label = { color: "var(--soft)", fontSize: 11 };
  const all = curves.flatMap(({ points }) => points.map(([x]) => x));
  return {
    animation: false,
    textStyle: { fontFamily: "system-ui, sans-serif" },
    grid: { left: 44, right: 14, top: 12, bottom: 40 },
    xAxis: {
      ...{ type: "value" as const, ...quiet, splitLine: { show: false } },
      ...{ name: across, nameLocation: "middle" as const, nameGap: 26, nameTextStyle: label },
      min: Math.min(...all),
      max: Math.max(...all),
      axisLabel: { ...label, hideOverlap: true },
    },
    yAxis: {
      ...{ type: log ? ("log" as const) : ("value" as const), ...quiet, scale: !fromZero },
      splitLine: { lineStyle: { color: "var(--line)" } },
      axisLabel: { ...label, formatter: shortNumber },
      splitNumber: 5,
    },
    series: curves.map(({ points, color, pale = false, marked = false }) => ({
      type: "line" as const,
      data: thinned(points).filter(([, y]) => !log || y > 0) as [number, number][],
      showSymbol: marked,
      symbol: "circle",
      symbolSize: 6,
      itemStyle: { color: colorOf(color) },
      lineStyle: { width: pale ? 1 : 2, color: colorOf(color), opacity: pale ? 0.3 : 1 },
    })),
  };
}

const colorOf = (number: number) => `var(--c${number % COLORS})`;

/** 0.0001 as 1e-4, 12000 as 12k. */
function shortNumber(value: number): string {
  const size = Math.abs(value);
  if (value === 0) return "0";
  if (size >= 1e6) return `${Number((value / 1e6).toPrecision(3))}M`;
  if (size >= 1e4) return `${Number((value / 1e3).toPrecision(3))}k`;
  return size < 1e-3 ? value.toExponential(0) : String(Number(value.toPrecision(3)));
}

/** Neighbours taken together where there are too many. */
export function thinned(points: readonly Point[], most = MOST_POINTS): readonly Point[] {
  if (points.length <= most) return points;
  return Array.from({ length: most }, (_, n) => {
    const from = Math.floor((n * points.length) / most);
    const some = points.slice(from, Math.floor(((n + 1) * points.length) / most));
    const mean = (axis: 0 | 1) => some.reduce((sum, point) => sum + point[axis], 0) / some.length;
    return [mean(0), mean(1)] as const;
  });
}

/** A curve without its quick ups and downs: a running mean, a thirtieth of it wide. */
export function smoothed(points: readonly Point[]): Point[] {
  const reach = Math.floor(points.length / 60);
  return points.map(([x], n) => {
    const some = points.slice(Math.max(0, n - reach), n + reach + 1);
    return [x, some.reduce((sum, [, y]) => sum + y, 0) / some.length];
  });
}

let charts = 0;

/** Names within a picture made different from those of others on the page. */
function unique(svg: string): string {
  charts += 1;
  return svg.replace(/zr\d+-/g, `chart${charts}-`);
}
