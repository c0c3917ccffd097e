import { whole } from "./check";
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
export const sampleSchedule = (
  schedule: Schedule,
  { from = schedule.firstStep, to, points = 200 }: SampleOptions,
): { step: number; rate: number }[] => {
  const length = whole("to", to, whole("from", from, schedule.firstStep)) - from;
  const last = Math.min(whole("points", points, 2) - 1, length);
  return Array.from({ length: last + 1 }, (_, i) => {
    const step = from + Math.round((i * length) / (last || 1));
    return { step, rate: schedule(step) };
  });
};
