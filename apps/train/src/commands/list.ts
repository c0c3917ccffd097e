import { attentions, embeddings, feedForwards, norms, residuals, scores } from "../parts/blocks";
import { models } from "../parts/models";
import { optimizers } from "../parts/optimizers";
import type { Part } from "../parts/part";
import { positionals } from "../parts/positionals";
import { presets } from "../parts/presets";
import { schedules } from "../parts/schedules";
import { tasks } from "../tasks/names";
import type { Paint } from "../terminal/paint";
import { Wrapper } from "../terminal/wrapper";

/** Everything that is chosen by name: the setting, a heading, and what there is. */
export const catalogue: readonly (readonly [
  setting: string,
  title: string,
  parts: readonly Part[],
])[] = [
  ["--task", "tasks", tasks],
  ["--model", "shapes of the model", models],
  ["--preset", "settings that belong together", presets],
  ["--embedding", "how large tokens are at first", embeddings],
  ["--positional", "positional strategies", positionals],
  ["--attention", "how heads share keys and values", attentions],
  ["--score", "how queries and keys are compared", scores],
  ["--norm", "norms", norms],
  ["--residual", "what is around attention and feed-forward", residuals],
  ["--ffn", "feed-forwards", feedForwards],
  ["--optimizer", "optimizers", optimizers],
  ["--schedule", "schedules", schedules],
];

/** All parts with a sentence each, and their options. */
export function listParts(columns: number, paint: Paint): string {
  const pieces: string[] = [];
  for (const [setting, title, parts] of catalogue) {
    pieces.push(`${paint("bold", `${setting} <name>`)}  ${title}\n`);
    const width = Math.max(...parts.map(({ name }) => name.length)) + 2;
    for (const { name, says, options = {} } of parts) {
      pieces.push(`  ${paint("cyan", name.padEnd(width))}${hanging(says, width + 2, columns)}`);
      for (const [option, what] of Object.entries(options)) {
        const text = hanging(`${option}: ${what}`, width + 4, columns);
        pieces.push(`${" ".repeat(width + 4)}${paint("dim", text.trimEnd())}\n`);
      }
    }
    pieces.push("\n");
  }
  return pieces.join("");
}

/** Text broken so that what does not fit stands below its beginning. */
function hanging(text: string, indent: number, columns: number): string {
  const lines: string[] = [];
  const wrapper = new Wrapper((piece) => lines.push(piece), Math.max(20, columns - indent - 1));
  wrapper.push(text);
  wrapper.end();
  return `${lines
    .join("")
    .trimEnd()
    .replaceAll("\n", `\n${" ".repeat(indent)}`)}\n`;
}
