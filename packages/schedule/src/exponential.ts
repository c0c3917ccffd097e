import { checkCount, checkPeak, refuse } from "./check";
import { defineSchedule, type Schedule } from "./schedule";

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
export function exponential({
  peak,
  decayRate,
  decaySteps = 1,
  staircase = false,
  minimum = 0,
  warmupSteps = 0,
}: ExponentialOptions): Schedule {
  checkPeak(peak, minimum);
  if (!(typeof decayRate === "number" && decayRate > 0 && decayRate <= 1)) {
    refuse("decayRate", "a number above 0 and at most 1", decayRate);
  }
  checkCount("decaySteps", decaySteps, 1);
  if (typeof staircase !== "boolean") refuse("staircase", "true or false", staircase);
  checkCount("warmupSteps", warmupSteps, 0);
  const rate = (step: number) => {
    if (step < warmupSteps) return (peak * step) / warmupSteps;
    const decays = (step - warmupSteps) / decaySteps;
    return Math.max(minimum, peak * decayRate ** (staircase ? Math.floor(decays) : decays));
  };
  const options = { peak, decayRate, decaySteps, staircase, minimum, warmupSteps };
  return defineSchedule("exponential", options, rate);
}
