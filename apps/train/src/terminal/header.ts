import { join } from "node:path";
import { type Config, modelName, peakRate } from "../config/config";
import { grouped, shellWord, some } from "./format";
import type { Paint } from "./paint";
import type { StartFacts } from "./reporter";
import { commandLine } from "./this-program";
import { Wrapper } from "./wrapper";

const margin = 15;
const plain: Paint = (_, text) => text;

/** `  label        value` */
const row = (label: string, value: string, paint = plain) =>
  `  ${paint("dim", label.padEnd(margin - 2))}${value}`;

/** A row whose value goes on below itself where it is longer than the line. */
function wrappedRow(label: string, value: string, columns: number, paint: Paint): string {
  const pieces: string[] = [];
  const wrapper = new Wrapper((piece) => pieces.push(piece), Math.max(20, columns - margin - 1));
  wrapper.push(value);
  wrapper.end();
  const text = pieces
    .join("")
    .trimEnd()
    .replaceAll("\n", `\n${" ".repeat(margin)}`);
  return row(label, text, paint);
}

/** What is about to be done. */
export function header(facts: StartFacts, columns: number, paint = plain): string[] {
  const { config, data, unit, parameters, backend, folder, from, notes } = facts;
  const { layers, heads, dModel, length, batch, steps, positional, optimizer, schedule } = config;
  const shape = modelName(config);
  const each = shape === "encoder-decoder" ? " each" : "";
  const size = `${shape}, ${some(layers, "layer")}${each}, ${some(heads, "head")}, width ${dModel}`;
  const pieces =
    config.task === "lm" || config.task === "mlm"
      ? `${batch} × ${length} ${unit}s`
      : some(batch, "pair");
  const rows: (readonly [string, string])[] = [
    ...data,
    ["model", `${size}, ${positional} positions`],
    ["parameters", grouped(parameters)],
    ["backend", `${backend.name} (${backend.device})`],
    ["training", `${some(steps, "step")} of ${pieces}, ${optimizer}`],
    ["rate", `${schedule}, at most ${peakRate(config)}`],
    ["run", folder],
  ];
  if (from) rows.push(["goes on", `${from.folder} at step ${grouped(from.step)}`]);
  for (const note of notes) rows.push(["note", note]);
  return ["", ...rows.map(([label, value]) => wrappedRow(label, value, columns, paint)), ""];
}

/** A loss, in line with others below one another. */
export const lossLine = (label: string, loss: number, unit: string, note = ""): string =>
  `    ${label.padEnd(17)}${loss.toFixed(4)} nats per ${unit} ${note}`.trimEnd();

/** How to use what was saved. */
export function nextCommands(
  folder: string,
  config: Config,
  step: number,
  paint = plain,
): string[] {
  const path = (name = "") => shellWord(name === "" ? folder : join(folder, name));
  const more = step >= config.steps ? ` --steps ${2 * config.steps}` : "";
  return [
    row("saved in", folder, paint),
    row("look", join(folder, "report.html"), paint),
    row("go on", commandLine("resume", `${path()}${more}`), paint),
    row("repeat", commandLine("--config", path("config.json")), paint),
  ];
}
