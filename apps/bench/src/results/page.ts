import { megabytes } from "../report";
import { barsOf, figure, linesOf } from "./plot";
import type {
  AttentionResult,
  Failed,
  ModelResult,
  Result,
  Row,
  TableResult,
  Where,
} from "./result";

/** One page, complete in itself, with a plot and a table for each piece of work. */
export function pageOf(results: readonly Result[], title: string): string {
  const models = results.filter((one): one is ModelResult => "work" in one);
  const sections = [
    ...modelSections(models.filter(({ command }) => command === "step")),
    ...modelSections(models.filter(({ command }) => command === "generate")),
    ...attentionSections(results.filter((one): one is AttentionResult => "byLength" in one)),
    ...results.filter((one): one is TableResult => "columns" in one).map(tableSection),
  ];
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>${styles}</style>
<main>
<h1>${escaped(title)}</h1>
<p>Medians; in brackets the least and the greatest time. Only figures of one run compare.</p>
${sections.join("\n")}
</main>
</html>
`;
}

/** A section for each work, of all files that measured it. */
function modelSections(results: readonly ModelResult[]): string[] {
  return grouped(results, ({ work }) => work).map(([work, same]) => {
    const rows = same.flatMap(({ rows }) => rows);
    const names = rows.map(({ name }) => name);
    const ofWork = work.startsWith("generation")
      ? { unit: "tokens/s", values: rows.map(({ tokensPerSecond }) => tokensPerSecond) }
      : { unit: "ms", values: rows.map(({ median }) => median) };
    const plot = barsOf({
      ...{ unit: ofWork.unit, names },
      series: [{ name: ofWork.unit, values: ofWork.values }],
    });
    const notes = same.flatMap(({ ceilingGflops, kernelCalls, dispatches, source }) => [
      ...(ceilingGflops ? [`${source}: products reach ${figure(ceilingGflops)} GFLOP/s`] : []),
      ...(kernelCalls ? [`${source}: ${kernelCalls} kernel calls a step`] : []),
      ...(dispatches ? [`${source}: ${dispatches} dispatches a step`] : []),
    ]);
    const failures = same.flatMap(({ failures }) => failures);
    return section(work, same, [plot, timesTable(rows), failuresOf(failures), list(notes)]);
  });
}

function attentionSections(results: readonly AttentionResult[]): string[] {
  if (results.length === 0) return [];
  const all = results.flatMap(({ byLength }) =>
    byLength.flatMap(({ length, rows }) => rows.map((row) => ({ length, row }))),
  );
  const lengths = new Set(all.map(({ length }) => length));
  const title = "Causal attention, 4 heads of 32, forward and backward";
  const series = grouped(all, ({ row }) => row.name).map(([name, points]) => ({
    name,
    points: points.map(({ length, row }) => [length, row.median] as const),
  }));
  const plot =
    lengths.size > 1
      ? linesOf({ across: "length", unit: "ms", series })
      : barsOf({
          ...{ unit: "ms", names: all.map(({ row }) => row.name) },
          series: [{ name: "ms", values: all.map(({ row }) => row.median) }],
        });
  const rows = all.map(({ length, row }) => ({ ...row, name: `${length}: ${row.name}` }));
  const failures = results.flatMap(({ byLength }) =>
    byLength.flatMap(({ length, failures }) =>
      failures.map(({ name, error }) => ({ name: `${length}: ${name}`, error })),
    ),
  );
  return [section(title, results, [plot, timesTable(rows), failuresOf(failures)])];
}

function tableSection(result: TableResult): string {
  const { title, unit, columns, rows, failures } = result;
  const plot = barsOf({
    ...{ unit, names: rows.map(({ name }) => name) },
    series: columns.map((name, n) => ({ name, values: rows.map(({ values }) => values[n]) })),
  });
  const body = rows.map(({ name, values }) => [
    name,
    ...values.map((value) => (value === undefined ? "–" : figure(value))),
  ]);
  return section(
    title,
    [result],
    [
      plot,
      table(["", ...columns.map((column) => `${column}, ${unit}`)], body),
      failuresOf(failures),
    ],
  );
}

function timesTable(rows: readonly Row[]): string {
  const [first] = rows;
  const body = rows.map(
    ({ name, median, min, max, count, tokensPerSecond, gflops, peakRssBytes }) => [
      name,
      `${figure(median)} (${figure(min)} to ${figure(max)})`,
      count === 0 ? "–" : String(count),
      first ? figure(median / first.median) : "",
      tokensPerSecond === undefined ? "–" : figure(tokensPerSecond),
      gflops === undefined ? "–" : figure(gflops),
      peakRssBytes === undefined ? "–" : megabytes(peakRssBytes),
    ],
  );
  const head = ["", "ms", "measured", "over the first", "tokens/s", "GFLOP/s", "peak memory"];
  return table(head, body);
}

function failuresOf(failures: readonly Failed[]): string {
  return list(failures.map(({ name, error }) => `${name} could not: ${error}`));
}

function section(title: string, of: readonly { where: Where; source: string }[], parts: string[]) {
  const [plot, ...others] = parts;
  const wheres = [...new Set(of.map(({ where }) => whereText(where)))];
  return `<section>
<h2>${escaped(title)}</h2>
<div class="plot" role="img" aria-label="${escaped(title)}">${plot}</div>
<div class="wide">${others.join("\n")}</div>
<p class="where">${wheres.map(escaped).join("<br>")}<br>${of.map(({ source }) => escaped(source)).join(", ")}</p>
</section>`;
}

function whereText({ machine, device, node, date, slowDown }: Where): string {
  const contended =
    slowDown === undefined ? "" : `; one core's loop took ${slowDown.toFixed(2)} times its best`;
  return (
    [machine, device, `Node ${node}`, date.slice(0, 10)].filter(Boolean).join(" · ") + contended
  );
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = (tag: string, row: readonly string[]) =>
    `<tr>${row.map((cell) => `<${tag}>${escaped(cell)}</${tag}>`).join("")}</tr>`;
  return `<table><thead>${cells("th", head)}</thead><tbody>${rows.map((row) => cells("td", row)).join("\n")}</tbody></table>`;
}

function list(items: readonly string[]): string {
  if (items.length === 0) return "";
  return `<ul>${items.map((item) => `<li>${escaped(item)}</li>`).join("")}</ul>`;
}

function grouped<Item>(items: readonly Item[], keyOf: (item: Item) => string): [string, Item[]][] {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    groups.set(key, [...(groups.get(key) ?? []), item]);
  }
  return [...groups];
}

const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** Text as it may stand in HTML, between tags and in quoted attributes. */
function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => entities[character]!);
}

const styles = `
:root { color-scheme: light dark; --ink: #1c1f23; --paper: #fff; --line: #d7dade; --soft: #5a626b; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e4e7ea; --paper: #16191d; --line: #353b42; --soft: #a2abb5; }
}
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); margin: 0; }
main { max-width: 60rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
h1 { font-size: 1.6rem; margin: 0 0 .3rem; }
h2 { font-size: 1.1rem; margin: 0 0 .6rem; }
section { border-top: 1px solid var(--line); padding: 1.2rem 0; margin-top: 1.2rem; }
.plot svg { display: block; width: 100%; height: auto; max-width: 54rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: .85rem; font-variant-numeric: tabular-nums; margin: .8rem 0; }
th, td { text-align: right; padding: .2rem .7rem; border-bottom: 1px solid var(--line); white-space: nowrap; }
th:first-child, td:first-child { text-align: left; padding-left: 0; }
th { font-weight: 600; }
ul { padding-left: 1.2rem; font-size: .9rem; }
.where { color: var(--soft); font-size: .8rem; }
`;
