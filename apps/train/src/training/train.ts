import { type Config, peakRate } from "../config/config";
import type { StepMetric } from "../runs/metric";
import type { Recorder } from "../runs/recorder";
import type { Task } from "../tasks/task";
import { shortRate } from "../terminal/format";
import type { Reporter } from "../terminal/reporter";
import { UserError } from "../user-error";
import type { DeviceWatch } from "./device-watch";
import { eventLoopTurn } from "./event-loop-turn";
import { Pace } from "./pace";
import type { StepNumbers, Trainer } from "./trainer";
import { goingOn, withAdvice } from "./with-advice";
import { writeSample } from "./write-sample";

export interface Training {
  readonly config: Config;
  readonly task: Task;
  readonly folder: string;
  readonly trainer: Trainer;
  readonly recorder: Recorder;
  readonly reporter: Reporter;
  readonly device: DeviceWatch;
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
      show(training, pace, await withAdvice(training, () => trainer.settle()));
      await withAdvice(training, () => checkpoint(training));
      continue;
    }
    const started = performance.now();
    const told = await withAdvice(training, () => trainer.step());
    show(training, pace, told);
    await eventLoopTurn();
    pace.add((performance.now() - started) / 1000);
  }
  show(training, pace, await withAdvice(training, () => trainer.settle()));
  if (recorder.savedStep !== trainer.steps) {
    await withAdvice(training, () => recorder.save(trainer.run));
  }
}

/** Also true after a stop at such a step, so that a resumed run has the same evaluations. */
function isEvaluationDue({ config, trainer, recorder }: Training): boolean {
  const { steps } = trainer;
  return steps % config.evalEvery === 0 && steps > recorder.evaluatedStep;
}

/** Takes what steps tell to the metrics and the display. */
function show(training: Training, pace: Pace, told: readonly StepNumbers[]): void {
  const { config, recorder, reporter } = training;
  for (const numbers of told) {
    const { step, loss, gradientNorm, rate } = numbers;
    if (!Number.isFinite(loss) || !Number.isFinite(gradientNorm)) {
      throw new UserError(
        `loss: expected finite numbers, got a loss of ${loss} and a gradient norm of ${gradientNorm} at step ${step} with rate ${shortRate(rate)}: try a lower --rate${whatIsSaved(training)}`,
      );
    }
    const { tokensPerSecond } = pace;
    const metric: StepMetric = { ...numbers, tokensPerSecond: Math.round(tokensPerSecond) };
    recorder.add(metric);
    const secondsLeft = pace.secondsFor(config.steps - step);
    reporter.step({ step, steps: config.steps, loss, rate, tokensPerSecond, secondsLeft });
  }
}

const whatIsSaved = ({ config, folder, recorder: { savedStep } }: Training) =>
  savedStep === null
    ? ""
    : `\n${goingOn(folder, savedStep, `--rate ${Number((peakRate(config) / 3).toPrecision(1))}`)}`;

async function checkpoint(training: Training): Promise<void> {
  const { config, task, trainer, recorder, reporter, signal } = training;
  const step = trainer.steps;
  const found = await task.evaluate(trainer.model, {
    tokens: config.evalTokens,
    stopped: () => signal.aborted,
  });
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
