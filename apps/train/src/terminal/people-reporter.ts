import type { Evaluation } from "../tasks/task";
import { columnsOf, isLive } from "./columns";
import { clock, grouped, some } from "./format";
import { header, lossLine, nextCommands } from "./header";
import { paintFor } from "./paint";
import { createProgress, curveLine } from "./progress";
import type { Reporter } from "./reporter";
import { Wrapper } from "./wrapper";

/** For people: a header, a live line, what came out, a sample and how to go on. */
export function peopleReporter(output: NodeJS.WriteStream): Reporter {
  const columns = columnsOf(output);
  const paint = paintFor(output);
  const print = (...lines: string[]) => output.write(`${lines.join("\n")}\n`);
  const progress = createProgress(output, paint);
  const losses: number[] = [];
  let wrapper: Wrapper | null = null;
  let title = "sample";
  return {
    start(facts) {
      const { task, temperature } = facts.config;
      title = task === "lm" ? `sample, temperature ${temperature}` : "held-out examples";
      print(...header(facts, columns, paint));
    },
    step(report) {
      losses.push(report.loss);
      progress.step(report);
    },
    evaluation({ step, ...found }) {
      const loss = `validation loss ${found.loss.toFixed(4)}`;
      progress.note(`  step ${grouped(step)}: ${loss}${rightOf(found)}, saved`);
    },
    stopping: () =>
      progress.note("  stopping: finishes this step and saves (Ctrl-C again quits at once)"),
    trained({ step, steps, seconds, stopped }) {
      progress.stop();
      if (isLive(output) && losses.length > 1) print(curveLine(losses, columns, paint));
      const done = `${some(steps, "step")} in ${clock(seconds)}`;
      print(stopped ? `  stopped after ${done}, at step ${grouped(step)}` : `  ${done}`, "");
    },
    final({ tokens, loss, unit, yardstick, ...found }) {
      print(`  on ${some(tokens, `held-out ${unit}`)}:`);
      if (yardstick) print(lossLine(yardstick.name, yardstick.loss, unit, yardstick.note));
      print(paint("bold", lossLine("validation loss", loss, unit)));
      if (found.accuracy !== undefined) {
        print(`    ${"accuracy".padEnd(17)}${rightOf({ loss, tokens, ...found }).slice(2)}`);
      }
      if (found.exactMatch !== undefined) {
        print(`    ${"exact match".padEnd(17)}${rightOf({ loss, tokens, ...found }).slice(2)}`);
      }
      print("");
    },
    sample(piece) {
      if (wrapper === null) {
        print(`  ${title}:`, "");
        wrapper = new Wrapper((text) => output.write(text), Math.min(columns, 80) - 4, "    ");
      }
      if (piece !== null) wrapper.push(piece);
      else {
        wrapper.end();
        print("");
      }
    },
    end: ({ folder, step, config }) => {
      print(...nextCommands(folder, config, step, paint));
    },
    release: () => progress.stop(),
  };
}

/** `, 97.5 % of 200 right`, or nothing. */
export function rightOf({ accuracy, exactMatch, answers = 0 }: Evaluation): string {
  if (accuracy !== undefined) return `, ${(100 * accuracy).toFixed(1)} % of them right`;
  if (exactMatch === undefined) return "";
  return `, ${(100 * exactMatch).toFixed(1)} % of ${some(answers, "answer")} right`;
}
