import { checkCount, checkPeak } from "./check";
import { type Curve, through } from "./curves";
import { defineSchedule, type Schedule } from "./schedule";

export interface DecayOptions {
  /** The highest rate, reached at step warmupSteps. */
  readonly peak: number;
  /** The rate from totalSteps on, at most the peak. Default 0. */
  readonly minimum?: number;
  /** Steps of the straight rise from 0, at most totalSteps. Default 0: begin at the peak. */
  readonly warmupSteps?: number;
  /** Steps until the minimum, the warmup included. */
  readonly totalSteps: number;
}

/** A straight rise, then one fall to the end on a curve, which may have options of its own. */
export function decay(
  kind: string,
  { peak, minimum = 0, warmupSteps = 0, totalSteps }: DecayOptions,
  curve: Curve,
  own?: Readonly<Record<string, number>>,
): Schedule {
  checkPeak(peak, minimum);
  checkCount("totalSteps", totalSteps, 1);
  checkCount("warmupSteps", warmupSteps, 0, { totalSteps });
  const turns = [
    [warmupSteps, peak],
    [totalSteps, minimum, curve],
  ] as const;
  const options = { peak, minimum, ...own, warmupSteps, totalSteps };
  return defineSchedule(kind, options, through(0, turns));
}
