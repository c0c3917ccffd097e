import { grouped } from "../terminal/format";
import type { Row, Spread } from "./summary";

/** Names of the columns, and the cells as text. */
export interface TextTable {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** What an ablation found, as text. */
export function tableOf(
  rows: readonly Row[],
  { axis, lengths }: { axis: string; lengths: readonly number[] },
): TextTable {
  const answers = rows.some(({ right }) => right.some((share) => share !== null));
  return {
    columns: [
      axis,
      ...lengths.map((length) => `loss at ${length}`),
      ...(answers ? lengths.map((length) => `right at ${length}`) : []),
      ...["parameters", "ms a step", "peak MB", "seeds"],
    ],
    rows: rows.map((row) => [
      row.label,
      ...row.losses.map((loss) => lossText(loss)),
      ...(answers ? row.right.map((share) => shareText(share)) : []),
      grouped(row.parameters),
      row.stepMilliseconds.toFixed(row.stepMilliseconds < 100 ? 1 : 0),
      (row.peakBytes / 1e6).toFixed(1),
      String(row.seeds),
    ]),
  };
}

const lossText = (spread: Spread | null) =>
  spread === null ? "–" : `${spread.mean.toFixed(3)} ± ${spread.deviation.toFixed(3)}`;

const shareText = (spread: Spread | null) =>
  spread === null
    ? "–"
    : `${(100 * spread.mean).toFixed(1)} ± ${(100 * spread.deviation).toFixed(1)} %`;

/** Columns in line, the first to the left and numbers to the right. */
export function alignedText({ columns, rows }: TextTable): string {
  const widths = columns.map((title, n) =>
    Math.max(title.length, ...rows.map((row) => row[n]!.length)),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, n) => (n === 0 ? cell.padEnd(widths[n]!) : cell.padStart(widths[n]!)))
      .join("  ")
      .trimEnd();
  return [line(columns), ...rows.map(line)].map((text) => `  ${text}\n`).join("");
}

/** The same in Markdown. */
export function markdownText({ columns, rows }: TextTable): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |\n`;
  const rule = columns.map((_, n) => (n === 0 ? "---" : "---:"));
  return [columns, rule, ...rows].map(line).join("");
}
