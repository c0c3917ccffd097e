import { defaults } from "../config/config";
import { grouped } from "../terminal/format";
import { trainingCharts } from "./curves";
import { COLORS, escaped, page, section, table } from "./html";
import { differing, type RunData } from "./run-data";

/** One page with the curves of several runs, and what they differ in. */
export function comparePage(runs: readonly RunData[]): string {
  const configs = runs.map(({ config }) => config);
  const keys = differing(configs, defaults).filter((key) => key !== "steps");
  const columns = [
    { title: "run" },
    ...keys.map((title) => ({ title })),
    { title: "steps", numeric: true },
    { title: "held-out loss", numeric: true },
    { title: "tokens/s", numeric: true },
  ];
  const rows = runs.map(({ name, config, steps, evaluations }, n) => [
    `<span class="legend"><span><i style="background:var(--c${n % COLORS})"></i>${escaped(name)}</span></span>`,
    ...keys.map((key) => escaped(shown(config[key]))),
    grouped(steps.at(-1)?.step ?? 0),
    evaluations.at(-1)?.validationLoss.toFixed(4) ?? "–",
    grouped(median(steps.map(({ tokensPerSecond }) => tokensPerSecond))),
  ]);
  const samples = runs.flatMap(({ name, samples: lines }) => {
    const last = lines.at(-1);
    return last ? [`<h3>${escaped(name)}</h3><pre>${escaped(last.sample)}</pre>`] : [];
  });
  const note = keys.length === 0 ? "They have the same settings." : "";
  return page(
    `Comparison of ${runs.map(({ name }) => name).join(", ")}`,
    `<h1>Comparison of ${runs.length} runs</h1>
${section("Runs", note, table(columns, rows))}
${section("Training", "", `<div class="charts">${trainingCharts(runs)}</div>`)}
${samples.length > 0 ? section("What they wrote at the end", "", samples.join("\n")) : ""}`,
  );
}

const shown = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
