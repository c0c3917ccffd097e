import { HeatmapChart, LineChart } from "echarts/charts";
import { GridComponent, TitleComponent, VisualMapComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import type { Induced } from "../induced";

export interface PictureOptions {
  /** Heads to draw a matrix of, by number. Default: the first and the last. */
  heads?: readonly number[];
  /** Side of a matrix in pixels. Default 170. */
  side?: number;
}

/** One matrix to draw. */
interface Panel {
  readonly title: string;
  readonly across: string;
  readonly down: string;
  readonly rows: readonly (readonly (number | null)[])[];
}

/** From below 0 over 0 to above: told apart by those who see red and green alike, too. */
const COLORS = ["#1b5a9c", "#6fa8d6", "#f4f4f4", "#f2a35e", "#b2480e"];

/** Colours of the curves of the heads, told apart as well. */
const CURVES = ["#1b5a9c", "#b2480e", "#3c8d5a", "#8a4fa3", "#7a6a00", "#5b6770"];

const [GAP, TOP, BOTTOM, LEFT] = [58, 34, 44, 50];

/**
 * A picture of what `inducedBy` gives: what is added to embeddings and what is added to scores
 * as heat maps, each with its own scale around 0, and the scores against the distance as curves.
 *
 * @returns SVG.
 * @throws RangeError if there is no such head.
 */
export function pictureOf(
  induced: Induced,
  { heads = [...new Set([0, induced.scores.length - 1])], side = 170 }: PictureOptions = {},
): string {
  const panels = panelsOf(induced, heads);
  const width = LEFT + (panels.length + 1) * (side + GAP);
  const height = TOP + side + BOTTOM;
  use([HeatmapChart, LineChart, GridComponent, TitleComponent, VisualMapComponent, SVGRenderer]);
  const chart = init(null, null, { renderer: "svg", ssr: true, width, height });
  try {
    chart.setOption(optionOf(panels, induced, side));
    return chart.renderToSVGString();
  } finally {
    chart.dispose();
  }
}

function panelsOf({ embedding, scores }: Induced, heads: readonly number[]): Panel[] {
  const added: Panel[] = embedding
    ? [{ title: "embeddings", across: "feature", down: "position", rows: embedding }]
    : [];
  const changed = heads.map((head): Panel => {
    const rows = scores[head];
    if (!rows) {
      throw new RangeError(`heads: expected whole numbers in [0, ${scores.length}), got ${head}`);
    }
    return { title: `scores, head ${head}`, across: "key", down: "query", rows };
  });
  if (headsAreAlike(scores)) {
    return [
      ...added,
      ...changed.slice(0, 1).map((one) => ({ ...one, title: "scores, each head" })),
    ];
  }
  return [...added, ...changed];
}

/** Whether the strategy knows no heads, so that one of them shows all. */
function headsAreAlike(scores: Induced["scores"]): boolean {
  const [first, ...others] = scores.map((head) => head.flat());
  return others.every((head) => head.every((score, n) => score === first![n]));
}

function optionOf(panels: readonly Panel[], induced: Induced, side: number) {
  const { distances, scores } = induced;
  const byDistance = headsAreAlike(scores) ? induced.byDistance.slice(0, 1) : induced.byDistance;
  const left = (panel: number) => LEFT + panel * (side + GAP);
  const grid = (panel: number) => ({ left: left(panel), top: TOP, width: side, height: side });
  const title = (text: string, panel: number) => ({
    ...{ text, left: left(panel), top: 6 },
    textStyle: { fontSize: 12, fontWeight: "normal" as const, color: "#333" },
  });
  const last = panels.length;
  return {
    animation: false,
    textStyle: { fontFamily: "system-ui, sans-serif" },
    grid: [...panels.map((_, panel) => grid(panel)), grid(last)],
    title: [
      ...panels.map((panel, n) => title(`${panel.title} (${rangeOf(panel)})`, n)),
      title("mean score by distance", last),
    ],
    xAxis: [
      ...panels.map(({ across, rows }, n) => ({
        ...{ type: "category" as const, gridIndex: n, ...named(across, 26) },
        data: rows[0]!.map((_, column) => column),
      })),
      { type: "value" as const, gridIndex: last, ...named("query − key", 26), ...ends(distances) },
    ],
    yAxis: [
      ...panels.map(({ down, rows }, n) => ({
        ...{ type: "category" as const, gridIndex: n, inverse: true, ...named(down, 30) },
        data: rows.map((_, row) => row),
      })),
      {
        ...{ type: "value" as const, gridIndex: last, scale: true, splitNumber: 4 },
        axisLabel: { color: "#555", fontSize: 10 },
      },
    ],
    visualMap: panels.map((panel, n) => ({
      ...{ show: false, seriesIndex: n, min: -(most(panel) || 1), max: most(panel) || 1 },
      inRange: { color: COLORS },
    })),
    series: [
      ...panels.map(({ rows }, n) => ({
        ...{ type: "heatmap" as const, xAxisIndex: n, yAxisIndex: n },
        data: rows.flatMap((row, y) =>
          row.flatMap((number, x) => (number === null ? [] : [[x, y, number]])),
        ),
      })),
      ...byDistance.map((values, head) => ({
        ...{ type: "line" as const, xAxisIndex: last, yAxisIndex: last, showSymbol: false },
        data: values.map((value, n) => [distances[n]!, value]),
        lineStyle: { width: 1.5, color: CURVES[head % CURVES.length]! },
      })),
    ],
  };
}

const named = (name: string, nameGap: number) => ({
  ...{ name, nameGap, nameLocation: "middle" as const },
  nameTextStyle: { color: "#555", fontSize: 11 },
  axisLabel: { color: "#555", fontSize: 10 },
  axisTick: { show: false },
});

const ends = (distances: readonly number[]) => ({ min: distances[0]!, max: distances.at(-1)! });

/** The largest number of a panel by size: where its colours end. */
function most({ rows }: Panel): number {
  return Math.max(...rows.flatMap((row) => row.map((number) => Math.abs(number ?? 0))));
}

function rangeOf(panel: Panel): string {
  return most(panel) === 0 ? "all 0" : `±${Number(most(panel).toPrecision(2))}`;
}
