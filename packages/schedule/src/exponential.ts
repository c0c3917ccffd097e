import { check, oneOf, positive, whole } from "./check";
import { define } from "./define";
import { rise } from "./rise";
import { minimum, peak, warmupSteps } from "./rules";
import type { Schedule } from "./schedule";

export interface ExponentialOptions {
  /** The highest rate, reached at step warmupSteps. */
  readonly peak: number;
  /** What the rate is multiplied with every decaySteps steps, above 0 and at most 1. */
  readonly decayRate: number;
  /** Steps of one such multiplication, at least 1. Default 1. */
  readonly decaySteps?: number;
  /** Fall in stairs, once every decaySteps steps, rather than a little at each. Default false. */
  readonly staircase?: boolean;
  /** The rate never falls below this, at most the peak. Default 0. */
  readonly minimum?: number;
  /** Steps of the straight rise from 0. Default 0: begin at the peak. */
  readonly warmupSteps?: number;
}

/**
 * peak · decayRate^(steps since the warmup / decaySteps), after a linear warmup.
 *
 * Counts steps from 0: with a warmup the rate of step 0 is 0.
 *
 * @throws RangeError if a rate is negative, a count is not whole, the decay rate is not in (0, 1] or
 * the minimum above the peak.
 * @see Szegedy et al. 2016, Rethinking the Inception Architecture, §8 (its stairs),
 * https://arxiv.org/abs/1512.00567
 */
export const exponential = (options: ExponentialOptions): Schedule =>
  define(
    "exponential",
    options,
    [
      peak,
      ["decayRate", share],
      ["decaySteps", whole, 1, 1],
      ["staircase", oneOf, [true, false], false],
      minimum,
      warmupSteps,
    ],
    (peak, decayRate, decaySteps, staircase, minimum, warmupSteps) =>
      rise(warmupSteps, 0, peak, (step) => {
        const decays = (step - warmupSteps) / decaySteps;
        return Math.max(minimum, peak * decayRate ** (staircase ? Math.floor(decays) : decays));
      }),
  );

/** A number above 0 and at most 1. */
const share = (name: string, value: number) =>
  check(name, value, positive(name, value) <= 1, "at most 1");
