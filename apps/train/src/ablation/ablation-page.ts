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
  /** Cells that failed, with the reason. */
  readonly failures: readonly string[];
}

/** One page of plots of an ablation, and its table. */
export function ablationPage(rows: readonly Row[], text: TextTable, facts: AblationFacts): string {
  const { axis, lengths, command, backend, shared, failures } = facts;
  const columns = text.columns.map((title, n) => ({ title, numeric: n > 0 }));
  const cells = text.rows.map((row) => row.map(escaped));
  const legend = legendOf(lengths.map((length) => `length ${length}`));
  const trained = `trained at length ${lengths[0]}`;
  return page(
    `Ablation: ${axis}`,
    `<h1>Ablation: ${escaped(axis)}</h1>
<p class="soft">${escaped(`${trained}; ${shared}; ${backend}`)}</p>
<p><code>${escaped(command)}</code></p>
${section("Loss on what is held out", "Means over seeds, with lines from the least to the most.", `<div style="max-width:44rem">${figure("loss", dotPlot(rows, lengths), legend)}</div>`)}
${lengths.length > 1 ? section("Beyond the trained length", "The best at the trained length.", `<div class="charts">${lengthChart(rows, lengths)}</div>`) : ""}
${section("Table", "Mean ± standard deviation over seeds; – where positions end before.", table(columns, cells))}
${failures.length > 0 ? section("Failed", "", `<pre>${escaped(failures.join("\n"))}</pre>`) : ""}`,
  );
}

/** Loss against length, of as many as have colours of their own. */
function lengthChart(rows: readonly Row[], lengths: readonly number[]): string {
  const best = rows.slice(0, COLORS);
  const curves = best.map(({ losses }, color) => ({
    ...{ color, marked: true },
    points: losses.flatMap((loss, n): Point[] => (loss ? [[lengths[n]!, loss.mean]] : [])),
  }));
  const names = best.map(({ label }) => label);
  return figure("loss, nats a token", lineChart(curves, { across: "length" }), legendOf(names));
}
