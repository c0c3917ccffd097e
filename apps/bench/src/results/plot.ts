import { BarChart, LineChart } from "echarts/charts";
import { GridComponent, LegendComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";

/** One colour of text and lines, which becomes that of the page, dark or light. */
const INK = "#010203";

/** Told apart on white and on black, and by those who see red and green alike. */
const PALETTE = ["#3f82c6", "#d9762b", "#3f9b6c", "#a465b8", "#a3871a", "#6f7b85", "#c4526b"];

const WIDTH = 860;
const [BAR, LEGEND, AXIS] = [17, 34, 44];

interface Series {
  readonly name: string;
  readonly values: readonly (number | undefined)[];
}

export interface Bars {
  readonly unit: string;
  /** A group of bars each, from above. */
  readonly names: readonly string[];
  readonly series: readonly Series[];
}

/** Horizontal bars with their figures, as SVG. */
export function barsOf({ unit, names, series }: Bars): string {
  const rows = names.length * series.length;
  const legend = series.length > 1 ? LEGEND : 8;
  return svgOf(legend + rows * BAR + names.length * 9 + AXIS, {
    legend: { ...LEGEND_LOOK, show: series.length > 1 },
    grid: { left: marginOf(names), right: 70, top: legend, bottom: AXIS, outerBoundsMode: "none" },
    xAxis: { type: "value", name: unit, ...axis, nameLocation: "middle", nameGap: 24 },
    yAxis: { type: "category", inverse: true, data: [...names], ...axis },
    series: series.map(({ name, values }) => ({
      type: "bar",
      name,
      data: values.map((value) => value ?? null),
      label: {
        show: true,
        position: "right",
        color: INK,
        formatter: ({ value }: { value: unknown }) =>
          typeof value === "number" ? figure(value) : "",
      },
    })),
  });
}

export interface Lines {
  readonly across: string;
  readonly unit: string;
  readonly series: readonly {
    readonly name: string;
    readonly points: readonly (readonly [number, number])[];
  }[];
}

/** Curves over a length, both axes logarithmic, as SVG. */
export function linesOf({ across, unit, series }: Lines): string {
  return svgOf(380, {
    legend: LEGEND_LOOK,
    grid: { left: 8, right: 40, top: LEGEND + 20, bottom: 30, outerBoundsMode: "same" },
    xAxis: { type: "log", logBase: 2, name: across, ...axis, nameLocation: "middle", nameGap: 26 },
    yAxis: { type: "log", name: unit, ...axis },
    series: series.map(({ name, points }) => ({
      type: "line",
      name,
      data: points.map(([x, y]) => [x, y]),
      symbolSize: 7,
    })),
  });
}

/** Room for the longest name: without a browser nobody measures text, and guesses turn out short. */
function marginOf(names: readonly string[]): number {
  return 20 + 7 * Math.max(...names.map((name) => name.length));
}

// Far apart, for the same reason.
const LEGEND_LOOK = { top: 0, left: 0, itemGap: 44, textStyle: { color: INK } };

const line = { lineStyle: { color: INK, opacity: 0.5 } };

const axis = {
  nameTextStyle: { color: INK },
  axisLabel: { color: INK },
  axisLine: line,
  axisTick: line,
  splitLine: { lineStyle: { color: INK, opacity: 0.12 } },
};

function svgOf(height: number, option: object): string {
  use([BarChart, LineChart, GridComponent, LegendComponent, SVGRenderer]);
  const chart = init(null, null, { renderer: "svg", ssr: true, width: WIDTH, height });
  try {
    chart.setOption({ animation: false, color: PALETTE, ...option });
    return chart.renderToSVGString({ useViewBox: true }).replaceAll(INK, "currentColor");
  } finally {
    chart.dispose();
  }
}

/** Three digits of a figure. */
export function figure(value: number): string {
  if (value === 0) return "0";
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  if (digits > 6) return value.toExponential(1);
  return value.toLocaleString("en", {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}
