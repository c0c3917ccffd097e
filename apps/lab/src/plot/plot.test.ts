import { expect, test } from "vitest";
import { type Plot, type Results, text } from "../experiment/experiment";
import { tick } from "./axis";
import { heightOf } from "./height-of";
import { legendOf } from "./legend";
import { svgOf } from "./svg-of";

const label = (name: string) => text(name, `${name}甲`);
const results: Results = {
  numbers: [],
  series: [
    { name: "a", label: label("first"), x: [1, 10, 100], y: [1e-3, 0, 10] },
    {
      ...{ name: "b", label: label("second"), x: [1, 10, 100], y: [2, null, 20] },
      ...{ low: [1, null, 10], high: [3, null, 30] },
    },
    { name: "c", label: label("third"), x: [0, 1], y: [1, -2], low: [0.5, -3], high: [2, -1] },
  ],
  matrices: [
    {
      ...{ name: "m", label: label("matrix"), rows: ["r", "s"], columns: ["a b", "c", "d"] },
      values: [
        [0, 2, null],
        [-1, 1, 0],
      ],
    },
  ],
  findings: [],
};
const [x, y] = [{ label: label("across") }, { label: label("upwards") }];
const size = { language: "en", width: 400, height: 240 } as const;
const title = label("title");

const plots: Record<Plot["kind"], Plot> = {
  lines: {
    ...{ kind: "lines", name: "l", title, x: { ...x, log: true }, y: { ...y, log: true } },
    ...{ series: ["a", "b"], marked: true, marks: [{ at: 10, label: label("here") }] },
  },
  scatter: {
    ...{ kind: "scatter", name: "s", title, x, y, series: ["c"] },
    categories: [label("left"), label("right")],
  },
  bars: {
    ...{ kind: "bars", name: "b", title, y, series: ["c"] },
    categories: [label("left"), label("right")],
  },
  heatmap: { kind: "heatmap", name: "h", title, matrix: "m", x: label("col"), y: label("row") },
};

test.each(Object.values(plots))("$kind are drawn in the page's colours", (plot) => {
  const svg = svgOf(plot, results, size);
  expect(svg).toMatch(/^<svg /);
  expect(svg).toContain("var(--c0)");
  expect(svg).not.toMatch(/NaN|undefined|Infinity/);
});

test("names are in the language that is asked for", () => {
  expect(svgOf(plots.lines, results, size)).toContain(">first<");
  const zh = svgOf(plots.lines, results, { ...size, language: "zh" });
  expect(zh).toContain(">first甲<");
  expect(zh).toContain("here甲");
  expect(svgOf(plots.scatter, results, size)).toContain("right");
});

test("a matrix shows a cell an entry that is not 0, stronger where it is larger", () => {
  const svg = svgOf(plots.heatmap, results, size);
  const opacities = [...svg.matchAll(/fill="var\(--c([01])\)" fill-opacity="([\d.]+)"/g)];
  expect(opacities.map(([, color, opacity]) => [color, opacity])).toEqual([
    ...[["0", "0.5"]],
    ...[["1", "0.5"]],
  ]);
  // Opacity 1 is not written.
  expect(svg.match(/fill="var\(--c1\)"/g)).toHaveLength(2);
  expect(svg).toContain("a␣b");
});

test("a logarithmic axis has the numbers of a few points", () => {
  const x = [1, 4, 16];
  const few: Results = {
    ...{ numbers: [], findings: [] },
    series: [{ name: "a", label: label("a"), x, y: [1, 2, 3] }],
  };
  const svg = svgOf({ ...plots.lines, y, series: ["a"], marks: [] } as Plot, few, size);
  for (const number of x) expect(svg).toContain(`>${number}</text>`);
});

test("what is not there yet is not drawn", () => {
  const svg = svgOf(plots.bars, { ...results, series: [] }, size);
  expect(svg).toMatch(/^<svg /);
  expect(svgOf(plots.heatmap, { ...results, matrices: [] }, size)).toMatch(/^<svg /);
});

test("a picture of its own brings its colours, and no two share names", () => {
  const [one, other] = [1, 2].map(() => svgOf(plots.lines, results, { ...size, alone: true }));
  expect(one).toContain("<style>:root");
  expect(one).toContain("prefers-color-scheme: dark");
  expect(one).not.toBe(other);
});

test("axes have short numbers", () => {
  expect([0, 0.5, 12_000, 3e6, 1e-12, 1e10, -1e-5].map(tick)).toEqual([
    ...["0", "0.5", "12k", "3M", "10⁻¹²", "10¹⁰", "−10⁻⁵"],
  ]);
});

test("a picture is higher where names take more rows, or stand aslant", () => {
  const on = (width: number) => ({ language: "en", width }) as const;
  const long = {
    ...results,
    series: results.series.map((one) => ({ ...one, label: label("a name ".repeat(5)) })),
  };
  expect(heightOf(plots.lines, results, on(300))).toBe(320);
  expect(heightOf(plots.lines, long, on(300))).toBe(340);
  expect(heightOf(plots.lines, long, on(900))).toBe(320);
  const categories = [label("an-uncommonly-long-word"), label("right")];
  const bars = { ...plots.bars, categories } as Plot;
  expect(heightOf(bars, results, on(300))).toBeGreaterThan(380);
  expect(heightOf(bars, results, on(900))).toBe(320);
  expect(heightOf(plots.heatmap, results, on(300))).toBe(200);
});

test("a legend takes the rows that its names need, and none for one name", () => {
  expect(legendOf(["a"], 300).height).toBe(0);
  expect(legendOf(["a", "b"], 300).height).toBe(20);
  expect(legendOf(["a long name of a curve", "another long name"], 220).height).toBe(40);
});

test("a logarithmic axis ends at the powers of ten around what is shown", () => {
  const wide = { name: "w", label: label("wide"), x: [0, 1], y: [3e-16, 7] };
  const plot: Plot = {
    ...{ kind: "scatter", name: "w", title, x, series: ["w"] },
    y: { label: label("upwards"), log: true },
  };
  const svg = svgOf(plot, { ...results, series: [wide] }, size);
  const labels = [...svg.matchAll(/>(10[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+|[\d.]+)</g)].map(([, one]) => one);
  expect(labels.slice(0, 7)).toEqual([
    ...["10⁻¹⁸", "10⁻¹⁵", "10⁻¹²", "10⁻⁹", "10⁻⁶", "0.001", "1"],
  ]);
  expect(labels).not.toContain("10¹⁰");
});

test("bars stand on a logarithmic axis, the larger the higher", () => {
  const bars = { name: "w", label: label("wide"), x: [0, 1], y: [0.5, 0.02] };
  const plot: Plot = {
    ...{ kind: "bars", name: "w", title, series: ["w"] },
    categories: [label("left"), label("right")],
    y: { label: label("upwards"), log: true },
  };
  const svg = svgOf(plot, { ...results, series: [bars] }, size);
  const drawn = [
    ...svg.matchAll(/<path d="M[\d.]+ ([\d.]+)l[\d.]+ 0l0 ([-\d.]+)\S* [^"]*" fill="var\(--c0/g),
  ];
  const [left, right] = drawn.map(([, from, by]) => ({ from, by: Number(by) }));
  expect(left!.from).toBe(right!.from);
  expect(left!.by).toBeLessThan(right!.by - 20);
  expect(right!.by).toBeLessThan(-5);
});

test("names below bars are aslant where their words have no room", () => {
  const names = (count: number) =>
    Array.from({ length: count }, (_, n) => ({ ...label(`Transformer${n}`) }));
  const drawn = (count: number) => {
    const series = { name: "w", label: label("w"), x: [0], y: [1] };
    const plot: Plot = {
      kind: "bars",
      name: "w",
      title,
      y,
      series: ["w"],
      categories: names(count),
    };
    return svgOf(plot, { ...results, series: [series] }, size);
  };
  const turned = /<text[^>]*transform="[^"]*(?:rotate|matrix)[^>]*>Transformer0</;
  expect(drawn(2)).not.toMatch(turned);
  expect(drawn(9)).toMatch(turned);
});
