import { atMost, number, schedule, whole } from "./check";
import { define } from "./define";
import { rateSince } from "./rate-since";
import { rise } from "./rise";
import type { Schedule } from "./schedule";

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
export const warmup = (schedule: Schedule, options: WarmupOptions): Schedule =>
  warmed({ ...options, schedule });

/** The same of one object, as its configuration has it. */
export const warmed = (options: WarmupOptions & { readonly schedule: Schedule }) =>
  define(
    "warmup",
    options,
    [
      ["schedule", schedule],
      ["warmupSteps", whole, 1],
      ["warmupInit", number, 0, 0],
    ],
    (schedule, warmupSteps, warmupInit) => {
      const first = schedule(schedule.firstStep);
      atMost("warmupInit", warmupInit, "schedule's first rate", first);
      return rise(warmupSteps, warmupInit, first, (step) => rateSince(schedule, warmupSteps, step));
    },
  );
