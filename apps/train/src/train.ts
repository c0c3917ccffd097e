import { evaluate, eventLoopTurn } from "./evaluate";
import { grouped, shortRate } from "./format";
import { Pace } from "./pace";
import type { Plan } from "./prepare";
import type { Progress } from "./progress";
import type { Recorder } from "./recorder";
import type { StepLosses, Trainer } from "./trainer";
import { UserError } from "./user-error";
import { evenWindows } from "./windows";

export interface Training {
  readonly plan: Plan;
  readonly trainer: Trainer;
  readonly recorder: Recorder;
  readonly progress: Progress;
  /** Whether the user wants to stop after the step at hand. */
  readonly stopped: () => boolean;
}

/**
 * Trains to the config's last step or until it is stopped, evaluates and saves on the way and saves at
 * the end.
 *
 * @throws UserError when the loss is no longer a number; the step is not saved then.
 */
export async function train(training: Training): Promise<void> {
  const { plan, trainer, recorder, stopped } = training;
  const { batch, length, steps } = plan.config;
  const pace = new Pace(batch * length);
  let unread: UnreadStep | null = null;
  while (trainer.steps < steps && !stopped()) {
    if (isEvaluationDue(training)) {
      await show(training, pace, unread);
      unread = null;
      await checkpoint(training);
      continue;
    }
    const started = performance.now();
    const losses = trainer.step(plan.training);
    // Awaited one step later; until then an error in it must not count as nobody's.
    losses.catch(() => {});
    // The loss of a step is read while the device works on the next one.
    await show(training, pace, unread);
    unread = { step: trainer.steps, losses };
    await eventLoopTurn();
    pace.add((performance.now() - started) / 1000);
  }
  await show(training, pace, unread);
  if (recorder.savedStep !== trainer.steps) await recorder.save();
}

/** Also true after a stop at such a step, so that a resumed run has the same evaluations. */
function isEvaluationDue({ plan, trainer, recorder }: Training): boolean {
  const { steps } = trainer;
  return steps % plan.config.evalEvery === 0 && steps > recorder.evaluatedStep;
}

/** A step whose loss is still on the device. */
interface UnreadStep {
  readonly step: number;
  readonly losses: Promise<StepLosses>;
}

/** Takes what a step tells to the metrics and the display. */
async function show(
  { plan, recorder, progress }: Training,
  pace: Pace,
  unread: UnreadStep | null,
): Promise<void> {
  if (unread === null) return;
  const { steps } = plan.config;
  const { step } = unread;
  const { loss, gradientNorm, rate } = await unread.losses;
  if (!Number.isFinite(loss) || !Number.isFinite(gradientNorm)) {
    const saved = recorder.savedStep === null ? "" : `; step ${recorder.savedStep} is saved`;
    throw new UserError(
      `loss: expected finite numbers, got a loss of ${loss} and a gradient norm of ${gradientNorm} at step ${step} with rate ${shortRate(rate)}: try a lower --rate${saved}`,
    );
  }
  recorder.add({ step, loss, gradientNorm, rate });
  const { tokensPerSecond } = pace;
  const secondsLeft = pace.secondsFor(steps - step);
  progress.step({ step, steps, loss, rate, tokensPerSecond, secondsLeft });
}

async function checkpoint({ plan, trainer, recorder, progress, stopped }: Training): Promise<void> {
  const { length, evalCharacters } = plan.config;
  const windows = evenWindows(plan.heldOut, length, evalCharacters);
  const validationLoss = await evaluate(trainer.model, windows, stopped);
  const step = trainer.steps;
  if (validationLoss !== null) {
    recorder.add({ step, validationLoss, characters: windows.length * length });
  }
  await recorder.save();
  if (validationLoss !== null) {
    progress.note(`  step ${grouped(step)}: validation loss ${validationLoss.toFixed(4)}, saved`);
  }
}
