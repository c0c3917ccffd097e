import type { Language, Matrix, Plot, Results, Series, Text } from "../../experiment/experiment";
import { short } from "../../experiment/format";
import { median } from "../../experiment/statistics";

/** A table of texts; the first column names the rows. */
export interface PlainTable {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Of more points than this, a table says where they lie and not each. */
const MOST_POINTS = 60;

const words = {
  row: { en: "row", zh: "行" },
  place: { en: "place", zh: "位置" },
  series: { en: "series", zh: "系列" },
  points: { en: "points", zh: "点数" },
  least: { en: "least", zh: "最小" },
  middle: { en: "median", zh: "中位数" },
  most: { en: "most", zh: "最大" },
} satisfies Record<string, Text>;

/** The numbers of a plot as a table, for those who do not see its picture. */
export function tableOf(plot: Plot, results: Results, language: Language): PlainTable {
  if (plot.kind === "heatmap") {
    const matrix = (results.matrices ?? []).find(({ name }) => name === plot.matrix);
    return matrix ? ofMatrix(matrix, language) : { columns: [], rows: [] };
  }
  const named = new Map(results.series.map((series) => [series.name, series]));
  const series = plot.series.flatMap((name) => named.get(name) ?? []);
  const categories = plot.kind === "lines" ? undefined : plot.categories;
  if (plot.kind === "scatter" && series.some(({ x }) => x.length > MOST_POINTS)) {
    return summaryOf(series, categories, language);
  }
  const across =
    plot.kind === "bars" ? words.place[language] : plot.x.label[language] || words.place[language];
  return byPlace(series, { across, categories, language });
}

function ofMatrix({ rows, columns, values }: Matrix, language: Language): PlainTable {
  return {
    columns: [words.row[language], ...columns],
    rows: rows.map((row, y) => [row, ...values[y]!.map(written)]),
  };
}

interface Places {
  readonly across: string;
  readonly categories: readonly Text[] | undefined;
  readonly language: Language;
}

/** A row for each place at which a series has a number. */
function byPlace(series: readonly Series[], { across, categories, language }: Places): PlainTable {
  const places = [...new Set(series.flatMap(({ x }) => x))].sort((a, b) => a - b);
  const nameOf = (place: number) => categories?.[Math.round(place)]?.[language] ?? short(place);
  return {
    columns: [across, ...series.map(({ label }) => label[language])],
    rows: places.map((place) => [
      nameOf(place),
      ...series.map(({ x, y, low, high }) => {
        const n = x.indexOf(place);
        if (n === -1) return "";
        const band = low && high ? ` (${written(low[n]!)} – ${written(high[n]!)})` : "";
        return `${written(y[n]!)}${band}`;
      }),
    ]),
  };
}

/** Where the points of each series lie. */
function summaryOf(
  series: readonly Series[],
  categories: readonly Text[] | undefined,
  language: Language,
): PlainTable {
  const rows = series.flatMap(({ label, x, y }) => {
    const groupOf = (at: number) => (categories ? Math.round(at) : 0);
    return [...new Set(x.map(groupOf))].map((group) => {
      const numbers = x.flatMap((at, n) => (groupOf(at) === group ? (y[n] ?? []) : []));
      const where = categories?.[group]?.[language];
      return [
        where === undefined ? label[language] : `${label[language]}: ${where}`,
        String(numbers.length),
        ...[Math.min(...numbers), median(numbers), Math.max(...numbers)].map(written),
      ];
    });
  });
  const { series: first, points, least, middle, most } = words;
  return { columns: [first, points, least, middle, most].map((word) => word[language]), rows };
}

const written = (number: number | null): string => (number === null ? "–" : short(number));
