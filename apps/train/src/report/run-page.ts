import { defaults } from "../config/config";
import { grouped, shortRate } from "../terminal/format";
import { trainingCharts } from "./curves";
import { labelledMap, smallMap } from "./heat-map";
import { escaped, figure, legendOf, page, section, table } from "./html";
import { lineChart } from "./line-chart";
import type { AttentionView, ModelView } from "./model-view";
import { differing, type RunData } from "./run-data";

/** More heads than this are not shown one by one. */
const MOST_HEADS = 16;

/** What else is to be said of a run. */
export interface RunPageFacts {
  readonly parameters: number;
  readonly unit: string;
  readonly data: readonly (readonly [label: string, value: string])[];
}

/** The page of one run. */
export function runPage(run: RunData, view: ModelView, facts: RunPageFacts): string {
  const title = `${run.name}: ${run.config.task}, ${run.config.positional} positions`;
  return page(
    title,
    `<h1>${escaped(run.name)}</h1>
<p class="soft">${facts.data.map(([label, value]) => `${escaped(label)}: ${escaped(value)}`).join(" · ")}</p>
${tiles(run, facts)}
${section("Training", "", `<div class="charts">${trainingCharts([run])}</div>`)}
${samples(run)}
${attention(view)}
${positions(view, run)}
${settings(run)}`,
  );
}

function tiles({ steps, evaluations }: RunData, { parameters, unit }: RunPageFacts): string {
  const [last, evaluation] = [steps.at(-1), evaluations.at(-1)];
  const [yardstick] = Object.entries(evaluation?.yardstick ?? {});
  const speeds = steps.map(({ tokensPerSecond }) => tokensPerSecond).sort((a, b) => a - b);
  const all: [value: string, label: string][] = [
    [grouped(last?.step ?? 0), "steps"],
    [evaluation?.validationLoss.toFixed(4) ?? "–", `held-out loss, nats a ${unit}`],
    ...(yardstick ? [[yardstick[1].toFixed(4), yardstick[0]] as [string, string]] : []),
    ...(evaluation?.accuracy === undefined
      ? []
      : [
          [`${(100 * evaluation.accuracy).toFixed(1)} %`, `hidden ${unit}s right`] as [
            string,
            string,
          ],
        ]),
    ...(evaluation?.exactMatch === undefined
      ? []
      : [[`${(100 * evaluation.exactMatch).toFixed(1)} %`, "answers right"] as [string, string]]),
    [grouped(parameters), "parameters"],
    [grouped(speeds[Math.floor(speeds.length / 2)] ?? 0), `${unit}s a second`],
    ...(last ? [[shortRate(last.rate), "last rate"] as [string, string]] : []),
  ];
  const tile = ([value, label]: [string, string]) =>
    `<div class="tile"><b>${escaped(value)}</b><span>${escaped(label)}</span></div>`;
  return `<div class="tiles">${all.map(tile).join("")}</div>`;
}

function samples({ samples: lines }: RunData): string {
  if (lines.length === 0) return "";
  const text = ({ step, sample }: RunData["samples"][number]) =>
    `<h3>step ${grouped(step)}</h3><pre>${escaped(sample)}</pre>`;
  const [first, last] = [lines[0]!, lines.at(-1)!];
  const between = lines.slice(1, -1);
  const body = [
    text(last),
    ...(between.length > 0
      ? [
          `<details><summary>${between.length} between</summary>${between.map(text).join("")}</details>`,
        ]
      : []),
    ...(lines.length > 1 ? [text(first)] : []),
  ].join("\n");
  return section("What it wrote", "The last, and the first.", body);
}

const attention = ({ attention: all }: ModelView) => all.map(attentionSection).join("\n");

function attentionSection({ title, note, layers, labels }: AttentionView): string {
  const body = layers.map((heads, layer) => {
    const mean = heads[0]!.map((row, q) =>
      row.map((_, k) => heads.reduce((sum, head) => sum + head[q]![k]!, 0) / heads.length),
    );
    const small = heads.slice(0, MOST_HEADS).map((head, n) => smallMap(`head ${n + 1}`, head));
    return `<h3>layer ${layer + 1}</h3><div class="maps">${labelledMap("mean of the heads", mean, labels)}<div class="maps" style="flex:1;min-width:8rem">${small.join("")}</div></div>`;
  });
  return section(title, note, body.join("\n"));
}

function positions({ induced }: ModelView, { config }: RunData): string {
  if (induced === null) return "";
  const { embedding, distances } = induced;
  // A strategy that knows no heads is shown once.
  const alike = new Set(induced.byDistance.map((values) => values.join())).size === 1;
  const [scores, byDistance] = [induced.scores, induced.byDistance].map((all) =>
    alike ? all.slice(0, 1) : all,
  ) as [typeof induced.scores, typeof induced.byDistance];
  const maps = [
    ...(embedding ? [smallMap("added to embeddings", embedding)] : []),
    ...scores
      .slice(0, MOST_HEADS)
      .map((head, n) => smallMap(alike ? "scores, each head" : `scores, head ${n + 1}`, head)),
  ];
  const curves = byDistance.map((values, color) => ({
    points: values.map((value, n) => [distances[n]!, value] as const),
    color,
  }));
  const names = legendOf(curves.map((_, n) => `head ${n + 1}`));
  const chart = figure(
    "mean score by distance",
    lineChart(curves, { across: "query − key" }),
    names,
  );
  const note = `What ${escaped(config.positional)} does in the first layer where all tokens are alike: orange is above 0, blue below.`;
  return section(
    "Positions",
    note,
    `<div class="maps">${maps.join("")}</div><div class="charts" style="margin-top:1rem">${chart}</div>`,
  );
}

function settings({ config, backend }: RunData): string {
  const keys = new Set(differing([config], defaults));
  const rowOf = (key: string) => {
    const value = config[key as keyof typeof config];
    const text = escaped(typeof value === "string" ? value : JSON.stringify(value));
    return [escaped(key), keys.has(key as keyof typeof config) ? `<b>${text}</b>` : text];
  };
  const rows = [["backend used", escaped(backend)], ...Object.keys(config).map(rowOf)];
  const body = table([{ title: "setting" }, { title: "value" }], rows);
  return section(
    "Settings",
    "Bold ones are not the defaults.",
    `<details><summary>all ${rows.length}</summary>${body}</details>`,
  );
}
