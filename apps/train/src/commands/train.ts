import { backendOf } from "../runs/open-run";
import type { Plan } from "../runs/plan";
import { Recorder } from "../runs/recorder";
import type { Reporter } from "../terminal/reporter";
import { DeviceWatch } from "../training/device-watch";
import type { Interrupt } from "../training/interrupt";
import { type Training, train } from "../training/train";
import { Trainer } from "../training/trainer";
import { goingOn, withAdvice } from "../training/with-advice";
import { writeSample } from "../training/write-sample";
import { UserError } from "../user-error";

/**
 * Brings up the backend, trains, measures, writes a sample and saves.
 *
 * @returns the exit code: 0, or 128 + signal when the user stopped it
 */
export async function trainCommand(
  plan: Plan,
  reporter: Reporter,
  interrupt: Interrupt,
): Promise<number> {
  const { config, task, saved, maxLen } = plan;
  const folder = plan.folder.path;
  const signal = interrupt.stop;
  const backend = await backendOf(config);
  const device = DeviceWatch.ofBackend();
  const savedStep = saved?.folder === folder ? saved.run.steps : null;
  const trainer = await withAdvice({ config, folder, device, recorder: { savedStep } }, async () =>
    Trainer.create(config, task, maxLen, saved?.run),
  );
  try {
    if (task.maxLen > trainer.model.maxLen) {
      throw new UserError(
        `--length: expected at most ${trainer.model.maxLen}, the saved model's maxLen, got ${task.maxLen}`,
      );
    }
    const { name } = backend;
    const recorder = await Recorder.open({
      ...{ folder, config, task, maxLen, saved, backend: { name, device: backend.device } },
    });
    reporter.start({
      ...{ config, backend, folder },
      ...{ data: task.facts, unit: task.unit, parameters: trainer.parameterCount },
      from: saved && { folder: saved.folder, step: saved.run.steps },
      notes: differences(plan, name),
    });
    interrupt.onAsk = () => reporter.stopping();
    const training = { config, task, folder, trainer, recorder, reporter, device, signal };
    const [started, before] = [performance.now(), trainer.steps];
    await train(training);
    reporter.trained({
      ...{ step: trainer.steps, steps: trainer.steps - before, stopped: signal.aborted },
      seconds: (performance.now() - started) / 1000,
    });
    interrupt.onAsk = () => {};
    if (!signal.aborted) await withAdvice(training, () => measure(training));
    await withAdvice(training, () => report(training));
    reporter.end({ folder, step: trainer.steps, config });
  } finally {
    reporter.release();
    trainer.dispose();
  }
  return interrupt.exitCode;
}

/** Why the steps to come may differ from those of a run that was not interrupted. */
function differences({ saved, task }: Plan, backend: string): string[] {
  if (!saved) return [];
  const { state } = saved;
  return [
    ...(state.backend.name === backend ? [] : [`the steps until now ran on ${state.backend.name}`]),
    ...(state.fingerprint === task.fingerprint ? [] : ["the steps until now saw other data"]),
  ];
}

/** The final loss beside what it is to be compared with, and a sample. */
async function measure(training: Training): Promise<void> {
  const { config, task, trainer, recorder, reporter, signal } = training;
  const step = trainer.steps;
  const tokens = config.finalTokens;
  const found = await task.evaluate(trainer.model, { tokens, stopped: () => signal.aborted });
  if (found === null) return;
  const yardstick = task.yardstick?.(tokens);
  reporter.final({ step, ...found, unit: task.unit, yardstick });
  const { loss, ...rest } = found;
  recorder.addEvaluation({
    ...{ step, validationLoss: loss, ...rest },
    ...(yardstick && { yardstick: { [yardstick.name]: yardstick.loss } }),
  });
  const sample = await writeSample(training, config.sample, (piece) => reporter.sample(piece));
  if (config.sample > 0) reporter.sample(null);
  if (sample !== "") recorder.addSample({ step, sample });
  await recorder.save(trainer.run);
}

/** @throws UserError if the page cannot be written, which takes nothing from what is saved. */
async function report({ folder, trainer, task }: Training): Promise<void> {
  const { writeRunReport } = await import("../report/run-report");
  try {
    await writeRunReport(folder, trainer, task);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(`${error.message}\n${goingOn(folder, trainer.steps)}`);
  }
}
