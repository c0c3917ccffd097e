import type { Config } from "../config/config";
import type { StepMetric } from "../runs/metric";
import type { Recorder } from "../runs/recorder";
import type { Task } from "../tasks/task";
import { shellWord, shortRate } from "../terminal/format";
import type { Reporter } from "../terminal/reporter";
import { messageOf, UserError } from "../user-error";
import { deviceTrouble } from "./device-trouble";
import { eventLoopTurn } from "./event-loop-turn";
import { Pace } from "./pace";
import type { StepNumbers, Trainer } from "./trainer";
import { writeSample } from "./write-sample";

export interface Training {
  readonly config: Config;
  readonly task: Task;
  readonly folder: string;
  readonly trainer: Trainer;
  readonly recorder: Recorder;
  readonly reporter: Reporter;
  /** Aborted once the user wants to stop after the step at hand. */
  readonly signal: AbortSignal;
}

/** Most tokens of the samples that are kept while it trains. */
const SHORT_SAMPLE = 100;

/**
 * Trains to the config's last step or until it is stopped, evaluates and saves on the way and saves at
 * the end.
 *
 * @throws UserError when the loss is no longer a number (the step is not saved then), or memory or the
 *   device gave out; it says what was saved.
 */
export async function train(training: Training): Promise<void> {
  const { config, task, trainer, recorder, signal } = training;
  const pace = new Pace(task.tokensPerStep);
  while (trainer.steps < config.steps && !signal.aborted) {
    if (isEvaluationDue(training)) {
      show(training, pace, await trainer.settle());
      await checkpoint(training);
      continue;
    }
    const started = performance.now();
    const told = await withAdvice(training, () => trainer.step());
    show(training, pace, told);
    await eventLoopTurn();
    pace.add((performance.now() - started) / 1000);
  }
  show(training, pace, await withAdvice(training, () => trainer.settle()));
  if (recorder.savedStep !== trainer.steps) await recorder.save(trainer.run);
}

/** Also true after a stop at such a step, so that a resumed run has the same evaluations. */
function isEvaluationDue({ config, trainer, recorder }: Training): boolean {
  const { steps } = trainer;
  return steps % config.evalEvery === 0 && steps > recorder.evaluatedStep;
}

/** Takes what steps tell to the metrics and the display. */
function show(
  { config, recorder, reporter }: Training,
  pace: Pace,
  told: readonly StepNumbers[],
): void {
  for (const numbers of told) {
    const { step, loss, gradientNorm, rate } = numbers;
    if (!Number.isFinite(loss) || !Number.isFinite(gradientNorm)) {
      throw new UserError(
        `loss: expected finite numbers, got a loss of ${loss} and a gradient norm of ${gradientNorm} at step ${step} with rate ${shortRate(rate)}: try a lower --rate${whatIsSaved(recorder)}`,
      );
    }
    const { tokensPerSecond } = pace;
    const metric: StepMetric = { ...numbers, tokensPerSecond: Math.round(tokensPerSecond) };
    recorder.add(metric);
    const secondsLeft = pace.secondsFor(config.steps - step);
    reporter.step({ step, steps: config.steps, loss, rate, tokensPerSecond, secondsLeft });
  }
}

const whatIsSaved = ({ savedStep }: Recorder) =>
  savedStep === null ? "" : `; step ${savedStep} is saved`;

/** Does a step; where memory or the device gives out, says what was saved and how to go on. */
async function withAdvice<T>(training: Training, step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    const trouble = deviceTrouble(error);
    if (trouble === null) throw error;
    throw new UserError(`${messageOf(error)}\n${adviceFor(trouble, training)}`);
  }
}

function adviceFor(
  trouble: "memory" | "lost",
  { config, recorder, folder }: Pick<Training, "config" | "recorder" | "folder">,
): string {
  const { savedStep } = recorder;
  const smaller =
    trouble === "memory" && config.batch > 1 ? ` --batch ${Math.floor(config.batch / 2)}` : "";
  if (savedStep === null) {
    return trouble === "memory"
      ? `nothing was saved yet: try a smaller batch${smaller === "" ? "" : ` (${smaller.trim()})`}, --length or --d-model`
      : "nothing was saved yet: start again, perhaps with another --backend";
  }
  const command = `npm start -- resume ${shellWord(folder)}${smaller}`;
  return `step ${savedStep} is saved: go on with ${command}`;
}

async function checkpoint(training: Training): Promise<void> {
  const { config, task, trainer, recorder, reporter, signal } = training;
  const step = trainer.steps;
  const found = await withAdvice(training, () =>
    task.evaluate(trainer.model, {
      tokens: config.evalTokens,
      stopped: () => signal.aborted,
    }),
  );
  if (found === null) {
    await recorder.save(trainer.run);
    return;
  }
  const { loss, ...rest } = found;
  const sample = await writeSample(training, Math.min(config.sample, SHORT_SAMPLE));
  recorder.addEvaluation({ step, validationLoss: loss, ...rest });
  if (sample !== "") recorder.addSample({ step, sample });
  await recorder.save(trainer.run);
  reporter.evaluation({ step, ...found });
}
