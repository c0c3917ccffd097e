import { checkCount, checkRate } from "./check";
import { checkSchedule, defineSchedule, type Schedule } from "./schedule";

export interface WarmupOptions {
  /** Steps of the straight rise, at least 1. */
  readonly warmupSteps: number;
  /** The rate of step 0, at most the schedule's own first rate. Default 0. */
  readonly warmupInit?: number;
}

/**
 * A straight rise to the first rate of another schedule, which then runs from its own beginning: what
 * it takes to its end comes on top of the warmup.
 *
 * Counts steps from 0, whatever the schedule behind counts from: step 0 has warmupInit, and step
 * warmupSteps is the first of the schedule behind.
 *
 * @throws RangeError if that is no schedule of this package, the steps are not whole, or the rate at
 * the beginning is negative or above the schedule's first.
 * @see Goyal et al. 2017, Accurate, Large Minibatch SGD, §2.2 (gradual warmup),
 * https://arxiv.org/abs/1706.02677
 */
export function warmup(
  schedule: Schedule,
  { warmupSteps, warmupInit = 0 }: WarmupOptions,
): Schedule {
  checkSchedule("schedule", schedule);
  checkCount("warmupSteps", warmupSteps, 1);
  const { firstStep } = schedule;
  const target = schedule(firstStep);
  checkRate("warmupInit", warmupInit, { "the schedule's first rate": target });
  const rate = (step: number) =>
    step < warmupSteps
      ? warmupInit + ((target - warmupInit) * step) / warmupSteps
      : schedule(firstStep + step - warmupSteps);
  const options = { schedule: schedule.toJSON(), warmupSteps, warmupInit };
  return defineSchedule("warmup", options, rate);
}
