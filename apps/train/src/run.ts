import { useBackend } from "@tx/backend";
import { bigramLoss } from "./bigram";
import { evaluate } from "./evaluate";
import { clock, grouped, some } from "./format";
import type { Interrupt } from "./interrupt";
import type { Plan } from "./prepare";
import { createProgress } from "./progress";
import { Recorder } from "./recorder";
import { header, lossLine, nextCommands } from "./report";
import { type Training, train } from "./train";
import { Trainer } from "./trainer";
import { messageOf, UserError } from "./user-error";
import { evenWindows } from "./windows";
import { writeSample } from "./write-sample";

/**
 * Brings up the backend, trains, measures, writes a sample and saves.
 *
 * @returns the exit code: 0, or 128 + signal when the user stopped it
 */
export async function run(
  plan: Plan,
  output: NodeJS.WriteStream,
  interrupt: Interrupt,
): Promise<number> {
  const print = (...lines: string[]) => output.write(`${lines.join("\n")}\n`);
  const stopped = () => interrupt.requested;
  // Whoever reads the output has gone: there is nothing more to show.
  output.on("error", () => stopped() || interrupt.ask("SIGTERM"));
  const { config, vocabulary, saved } = plan;
  const backend = await useBackend(config.backend).catch((error: unknown) => {
    throw new UserError(messageOf(error));
  });
  const trainer = saved
    ? Trainer.load(saved, config)
    : Trainer.create(config, vocabulary.vocabSize);
  const { name, device } = backend;
  const recorder = await Recorder.open(plan, trainer, { name, device });
  const columns = output.columns ?? 80;
  print(...header(plan, trainer, backend, columns));
  print(await trainVisibly({ plan, trainer, recorder, stopped }, output, interrupt), "");
  if (!stopped()) await measure(plan, trainer, recorder, print, stopped);
  if (!stopped() && config.sample > 0) {
    print(`  sample, temperature ${config.temperature}:`, "");
    const write = (piece: string) => output.write(piece);
    await writeSample(trainer.model, plan, write, columns, stopped);
    print("");
  }
  print(...nextCommands(plan, trainer.steps));
  trainer.dispose();
  return interrupt.exitCode;
}

/** Trains with live progress. Gives a line on what was done. */
async function trainVisibly(
  training: Omit<Training, "progress">,
  output: NodeJS.WriteStream,
  interrupt: Interrupt,
): Promise<string> {
  const { trainer, stopped } = training;
  const progress = createProgress(output);
  const release = interrupt.onQuit;
  interrupt.onAsk = () =>
    progress.note("  stopping: finishes this step and saves (Ctrl-C again quits at once)");
  interrupt.onQuit = () => {
    progress.stop();
    release();
  };
  const [started, before] = [performance.now(), trainer.steps];
  try {
    await train({ ...training, progress });
  } finally {
    progress.stop();
    interrupt.onAsk = () => {};
  }
  const seconds = (performance.now() - started) / 1000;
  const done = `${some(trainer.steps - before, "step")} in ${clock(seconds)}`;
  return stopped() ? `  stopped after ${done}, at step ${grouped(trainer.steps)}` : `  ${done}`;
}

/** The final loss beside that of the bigram model, on the same held-out characters. */
async function measure(
  { config, heldOut, training, vocabulary }: Plan,
  trainer: Trainer,
  recorder: Recorder,
  print: (...lines: string[]) => void,
  stopped: () => boolean,
): Promise<void> {
  const windows = evenWindows(heldOut, config.length, config.finalCharacters);
  const characters = windows.length * config.length;
  print(`  on ${grouped(characters)} held-out characters:`);
  const bigram = bigramLoss(training, windows, vocabulary.vocabSize);
  print(lossLine("bigram loss", bigram, "(pairs counted, plus one)"));
  const loss = await evaluate(trainer.model, windows, stopped);
  if (loss === null) return;
  print(lossLine("validation loss", loss), "");
  recorder.add({ step: trainer.steps, validationLoss: loss, bigramLoss: bigram, characters });
  await recorder.save();
}
