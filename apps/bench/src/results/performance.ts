import { figure } from "./plot";
import type { AttentionResult, Failed, ModelResult, Result, Row } from "./result";

/** The files of one measuring, in one folder. */
export interface ResultFolder {
  /** "2026-11-27-epyc": a date first. */
  readonly name: string;
  readonly results: readonly Result[];
}

export const START = "<!-- performance: written by npm run docs:performance -->";
export const END = "<!-- performance: end -->";

/**
 * A text with the part between the two marks replaced.
 *
 * @throws Error if the marks are not there, once and in order.
 */
export function withSection(text: string, section: string): string {
  const [before, rest, ...more] = text.split(START);
  const [, after, ...others] = rest?.split(END) ?? [];
  if (after === undefined || more.length > 0 || others.length > 0) {
    throw new Error(`README.md: expected ${START} and then ${END}, once each`);
  }
  return `${before}${START}\n\n${section}\n\n${END}${after}`;
}

/** The section of the README: the newest figures of a CPU, and of a GPU where there are some. */
export function performanceSection(folders: readonly ResultFolder[]): string {
  const newest = [...folders].sort((a, b) => (a.name < b.name ? 1 : -1));
  const ofCpu = newest.find(({ results }) => results.some((result) => isOn(result, "CPU")));
  const ofGpu = newest.find(({ results }) => results.some((result) => isOn(result, "GPU")));
  const parts = [ofGpu && folderPart(ofGpu, "GPU"), ofCpu && folderPart(ofCpu, "CPU")];
  return parts.filter(Boolean).join("\n\n");
}

/** Work with a model or attention on a real device of that sort; an emulated GPU is none. */
function isOn(result: Result, sort: "CPU" | "GPU"): boolean {
  return worksOf(result).length > 0 && result.where.device.startsWith(sort);
}

interface Work {
  readonly name: string;
  readonly rows: readonly Row[];
  readonly failures: readonly Failed[];
  readonly inTokens: boolean;
}

function worksOf(result: Result): Work[] {
  if (isModel(result)) {
    const { work: name, rows, failures, command } = result;
    return [{ name, rows, failures, inTokens: command === "generate" }];
  }
  if (!isAttention(result)) return [];
  return result.byLength.map(({ length, rows, failures }) => ({
    ...{ rows, failures, inTokens: false },
    name: `causal attention, 4 heads of 32, length ${length}, forward and backward`,
  }));
}

const isModel = (result: Result): result is ModelResult =>
  result.command === "step" || result.command === "generate";
const isAttention = (result: Result): result is AttentionResult => result.command === "attention";

function folderPart({ name, results }: ResultFolder, sort: "CPU" | "GPU"): string {
  const ours = results.filter((result) => isOn(result, sort));
  const works = joined(ours.flatMap(worksOf));
  const names = [...new Set(works.flatMap(({ rows }) => rows.map((row) => row.name)))].sort(byRank);
  const head = ["median (least to greatest)", ...names];
  const body = works.map(({ name, rows, inTokens }) => [
    name,
    ...names.map((who) =>
      cellOf(
        rows.find((row) => row.name === who),
        inTokens,
      ),
    ),
  ]);
  const failures = works.flatMap(({ name, failures }) =>
    failures.map(
      ({ name: who, error }) => `${who} could not do the ${name.split(/[,:]/)[0]}: ${error}`,
    ),
  );
  const notes = [...new Set(failures)].map((failure) => `- ${failure}`);
  const table = markdownTable(head, body);
  return [introduction(name, ours, sort), table, notes.join("\n")].filter(Boolean).join("\n\n");
}

/** Machine, software, date and how quiet it was, with a link to the figures. */
function introduction(folder: string, results: readonly Result[], sort: "CPU" | "GPU"): string {
  const [{ where }] = results as [Result];
  const device = sort === "GPU" ? `${where.device}; ` : "";
  const slowDowns = results.flatMap(({ where: { slowDown } }) => slowDown ?? []);
  const contended =
    slowDowns.length === 0
      ? ""
      : ` A loop beside took up to ${Math.max(...slowDowns).toFixed(2)} times its best.`;
  return `${device}${where.machine}, Node ${where.node.replace(/^v/, "")}, ${where.date.slice(0, 10)} ([figures](docs/results/${folder})). Only what took turns in one run, which is in one file, compares exactly.${contended}`;
}

/** One entry a work; of a contestant that appears twice, the one with more measurements. */
function joined(works: readonly Work[]): Work[] {
  const byName = new Map<string, Work>();
  for (const work of works) {
    const before = byName.get(work.name);
    if (!before) {
      byName.set(work.name, work);
      continue;
    }
    const rows = [...before.rows];
    for (const row of work.rows) {
      const n = rows.findIndex(({ name }) => name === row.name);
      if (n < 0) rows.push(row);
      else if (row.count > rows[n]!.count) rows[n] = row;
    }
    byName.set(work.name, { ...before, rows, failures: [...before.failures, ...work.failures] });
  }
  return [...byName.values()].sort(
    (a, b) => orderOf(a) - orderOf(b) || a.name.localeCompare(b.name, "en", { numeric: true }),
  );
}

/** Steps, then attention by length, then generation. */
const orderOf = ({ name, inTokens }: Work) => (inTokens ? 2 : name.startsWith("training") ? 0 : 1);

const RANKS = [
  /^webgpu/,
  /^simd/,
  /^node/,
  /^wasm/,
  /^cpu/,
  /^PyTorch/,
  /^stock/,
  /^genai/,
  /^gpt-tfjs/,
];

/** Ours first, then those that we are compared with. */
function byRank(a: string, b: string): number {
  const rank = (name: string) => RANKS.findIndex((pattern) => pattern.test(name));
  return rank(a) - rank(b) || a.localeCompare(b, "en", { numeric: true });
}

function cellOf(row: Row | undefined, inTokens: boolean): string {
  if (!row) return "–";
  const { median, min, max, tokensPerSecond } = row;
  if (inTokens && tokensPerSecond !== undefined) {
    const tokens = (ms: number) => figure((tokensPerSecond * median) / ms);
    return `${tokens(median)} tokens/s (${tokens(max)} to ${tokens(min)})`;
  }
  return median < 1000
    ? `${figure(median)} ms (${figure(min)} to ${figure(max)})`
    : `${figure(median / 1000)} s (${figure(min / 1000)} to ${figure(max / 1000)})`;
}

/** As biome formats it, so that a check of the README leaves it. */
function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const escaped = [head, ...rows].map((row) => row.map((cell) => cell.replaceAll("|", "\\|")));
  const widths = head.map((_, n) => Math.max(3, ...escaped.map((row) => row[n]!.length)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, n) => cell.padEnd(widths[n]!)).join(" | ")} |`;
  const rule = line(widths.map((width) => "-".repeat(width)));
  const [first, ...others] = escaped;
  return [line(first!), rule, ...others.map(line)].join("\n");
}
