import { curves, through } from "./curves";
import { define } from "./define";
import { minimum, peak, totalSteps, warmupSteps } from "./rules";
import type { Schedule } from "./schedule";

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

/** A straight rise, then one fall to the end on the curve that the kind is named after. */
export const decay = (kind: keyof typeof curves, options: DecayOptions): Schedule =>
  define(
    kind,
    options,
    [peak, minimum, warmupSteps, totalSteps],
    (peak, minimum, warmupSteps, totalSteps) =>
      through([warmupSteps, peak], [totalSteps, minimum, curves[kind]]),
  );
