import { COLORS, escaped, figure, legendOf, page, section, table } from "../report/html";
import { lineChart, type Point } from "../report/line-chart";
import { dotPlot } from "./dot-plot";
import type { Row } from "./summary";
import type { TextTable } from "./table";

export interface AblationFacts {
  readonly axis: string;
  readonly lengths: readonly number[];
  readonly command: string;
  readonly backend: string;
  /** Settings of all cells that are not the defaults, in words. */
  readonly shared: string;
  /** Choices that do not suit the other settings, with the reason. */
  readonly leftOut: readonly string[];
  /** Cells that failed, with the reason. */
  readonly failures: readonly string[];
}

/** One page of plots of an ablation, and its table. */
export function ablationPage(rows: readonly Row[], text: TextTable, facts: AblationFacts): string {
  const { axis, lengths, leftOut, command, backend, shared, failures } = facts;
  const columns = text.columns.map((title, n) => ({ title, numeric: n > 0 }));
  const cells = text.rows.map((row) => row.map(escaped));
  const trained = `trained at length ${lengths[0]}`;
  return page(
    `Ablation: ${axis}`,
    `<h1>Ablation: ${escaped(axis)}</h1>
<p class="soft">${escaped(`${trained}; ${shared}; ${backend}`)}</p>
<p><code>${escaped(command)}</code></p>
${section("Loss on what is held out", escaped(lossNote(rows, lengths)), `<div class="charts">${dotPlots(rows, lengths)}</div>`)}
${beyond(rows, lengths)}
${section("Table", "Mean ± standard deviation over seeds; – where positions end before.", table(columns, cells))}
${leftOut.length > 0 ? section("Left out", "Not fit for the other settings.", `<pre>${escaped(leftOut.join("\n"))}</pre>`) : ""}
${failures.length > 0 ? section("Failed", "", `<pre>${escaped(failures.join("\n"))}</pre>`) : ""}`,
  );
}

function lossNote(rows: readonly Row[], lengths: readonly number[]): string {
  const ending = rows.filter(({ losses }) => losses.some((loss) => loss === null));
  const names = ending.map(({ label }) => label).join(", ");
  return [
    "Means over seeds, with lines from the least to the most; the best on top, what is far off at the edge.",
    ...(ending.length > 0 ? [`Beyond length ${lengths[0]} there is none of ${names}.`] : []),
  ].join(" ");
}

/** A plot for each length at which something was measured. */
function dotPlots(rows: readonly Row[], lengths: readonly number[]): string {
  return lengths
    .map((length, n) =>
      rows.some(({ losses }) => losses[n]) ? figure(`length ${length}`, dotPlot(rows, n)) : "",
    )
    .join("");
}

/** Loss against length, of the best at the longest, as many as have colours of their own. */
function beyond(rows: readonly Row[], lengths: readonly number[]): string {
  const measured = rows.filter(({ losses }) => losses.at(-1));
  if (lengths.length < 2 || measured.length === 0) return "";
  const best = measured
    .sort((a, b) => a.losses.at(-1)!.mean - b.losses.at(-1)!.mean)
    .slice(0, COLORS);
  const curves = best.map(({ losses }, color) => ({
    ...{ color, marked: true },
    points: losses.flatMap((loss, n): Point[] => (loss ? [[lengths[n]!, loss.mean]] : [])),
  }));
  const names = best.map(({ label }) => label);
  const chart = figure(
    "loss, nats a token",
    lineChart(curves, { across: "length" }),
    legendOf(names),
  );
  const note = `The best at length ${lengths.at(-1)}.`;
  return section("Beyond the trained length", note, `<div style="max-width:34rem">${chart}</div>`);
}
