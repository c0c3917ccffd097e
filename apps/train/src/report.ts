import { join } from "node:path";
import { grouped, shellWord, some } from "./format";
import type { Plan } from "./prepare";
import type { Trainer } from "./trainer";
import { Wrapper } from "./wrapper";

const margin = 15;
const row = (label: string, value: string) => `  ${label.padEnd(margin - 2)}${value}`;

/** A row whose value goes on below itself where it is longer than the line. */
function wrappedRow(label: string, value: string, columns: number): string {
  const pieces: string[] = [];
  const wrapper = new Wrapper((piece) => pieces.push(piece), Math.max(20, columns - margin - 1));
  wrapper.push(value);
  wrapper.end();
  return row(
    label,
    pieces
      .join("")
      .trimEnd()
      .replaceAll("\n", `\n${" ".repeat(margin)}`),
  );
}

/** What is about to be done. */
export function header(
  plan: Plan,
  trainer: Trainer,
  backend: { readonly name: string; readonly device: string },
  columns: number,
): string[] {
  const { config, vocabulary, heldOut, text, folder, saved, savedIn } = plan;
  const { layers, heads, dModel, length, batch, steps, positional, schedule, rate } = config;
  const size = `${some(layers, "layer")}, ${some(heads, "head")}, width ${dModel}`;
  const rows: [string, string][] = [
    [
      "text",
      `${plan.textName}: ${grouped(text.characters)} characters, ${vocabulary.vocabSize} different`,
    ],
    ["held out", `the last ${grouped(heldOut.length)} characters`],
    ["model", `${size}, ${positional} positions`],
    ["parameters", grouped(trainer.parameterCount)],
    ["backend", `${backend.name} (${backend.device})`],
    ["training", `${some(steps, "step")} of ${batch} × ${length} characters`],
    ["rate", `${schedule}, at most ${rate}`],
    ["run", folder.path],
  ];
  if (saved) rows.push(["goes on", `${savedIn} at step ${grouped(saved.state.step)}`]);
  for (const difference of differences(plan, backend.name)) rows.push(["note", difference]);
  return ["", ...rows.map(([label, value]) => wrappedRow(label, value, columns)), ""];
}

/** Why the steps to come may differ from those of a run that was not interrupted. */
function differences({ saved, text }: Plan, backend: string): string[] {
  if (!saved) return [];
  const { state } = saved;
  return [
    ...(state.backend.name === backend ? [] : [`the steps until now ran on ${state.backend.name}`]),
    ...(state.text.sha256 === text.sha256 ? [] : ["the steps until now saw another text"]),
  ];
}

/** A loss, in line with others below one another. */
export const lossLine = (label: string, loss: number, note = ""): string =>
  `    ${label.padEnd(17)}${loss.toFixed(4)} nats per character ${note}`.trimEnd();

/** How to use what was saved. */
export function nextCommands({ folder, config }: Plan, step: number): string[] {
  const path = (name = "") => shellWord(name === "" ? folder.path : join(folder.path, name));
  const more = step >= config.steps ? ` --steps ${2 * config.steps}` : "";
  return [
    row("saved in", folder.path),
    row("go on", `npm start -- --resume ${path()}${more}`),
    row("repeat", `npm start -- --config ${path("config.json")}`),
  ];
}
