import { checkCount } from "./check";
import type { Schedule } from "./schedule";

export interface SampleOptions {
  /** First step of the plot. Default: the schedule's own first step. */
  readonly from?: number;
  /** Last step of the plot. */
  readonly to: number;
  /** How many points at most, at least 2. Default 200. */
  readonly points?: number;
}

/**
 * Rates at whole steps, spread evenly from the first to the last, both included: ready to plot.
 * There are fewer points than asked for when there are fewer steps.
 *
 * @throws RangeError if the steps are not whole or out of order, or fewer than 2 points are wanted.
 */
export function sampleSchedule(
  schedule: Schedule,
  { from = schedule.firstStep, to, points = 200 }: SampleOptions,
): { step: number; rate: number }[] {
  checkCount("from", from, schedule.firstStep);
  checkCount("to", to, from);
  checkCount("points", points, 2);
  const count = Math.min(points, to - from + 1);
  return Array.from({ length: count }, (_, i) => {
    const step = count === 1 ? from : from + Math.round((i * (to - from)) / (count - 1));
    return { step, rate: schedule(step) };
  });
}
