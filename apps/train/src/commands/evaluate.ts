import { bitsPerCharacter, perplexity } from "@tx/training";
import { openRun } from "../runs/open-run";
import type { Evaluation, Task } from "../tasks/task";
import { grouped } from "../terminal/format";
import { rightOf } from "../terminal/people-reporter";
import type { Interrupt } from "../training/interrupt";
import { UserError } from "../user-error";
import type { EvaluateLine } from "./command-line";

/**
 * Measures a saved run at some lengths, a line for each.
 *
 * @returns the exit code
 */
export async function evaluateCommand(
  { run, given, lengths, mode }: EvaluateLine,
  output: Pick<NodeJS.WriteStream, "write">,
  interrupt: Interrupt,
): Promise<number> {
  const other = given.text !== undefined || given.pairs !== undefined;
  const { config, task, trainer } = await openRun(run, given, { measureAll: other });
  if (lengths.length > 0 && config.task === "translate") {
    throw new UserError("lengths: expected none with translate, whose sentences have their own");
  }
  const stopped = () => interrupt.requested;
  try {
    if (mode !== "json")
      for (const [label, value] of task.facts) output.write(`  ${label.padEnd(13)}${value}\n`);
    for (const length of lengths.length > 0 ? lengths : [config.length]) {
      checkLength(length, task, trainer.model.maxLen, config.length);
      const tokens = config.finalTokens;
      const found = await task.evaluate(trainer.model, { tokens, length, stopped });
      if (found === null) break;
      output.write(
        mode === "json" ? `${JSON.stringify({ length, ...found })}\n` : lineOf(length, found, task),
      );
    }
  } finally {
    trainer.dispose();
  }
  return interrupt.exitCode;
}

/** @throws UserError if the model's positions end before such a length does. */
function checkLength(length: number, task: Task, maxLen: number, trained: number): void {
  const needed = task.maxLen - trained + length;
  if (length > trained && needed > maxLen) {
    throw new UserError(
      `lengths: expected at most ${trained}, where the table of positions ends, got ${length}`,
    );
  }
}

function lineOf(length: number, found: Evaluation, { unit }: Task) {
  const { loss, tokens } = found;
  const about =
    unit === "character"
      ? `${bitsPerCharacter(loss).toFixed(3)} bits`
      : `perplexity ${perplexity(loss).toFixed(2)}`;
  return `  length ${String(length).padEnd(6)}loss ${loss.toFixed(4)} nats per ${unit} (${about}) on ${grouped(tokens)} ${unit}s${rightOf(found)}\n`;
}
