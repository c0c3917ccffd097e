import { checkCount, checkPositive, checkRate } from "./check";
import { defineSchedule, type Schedule } from "./schedule";

export interface PolynomialOptions {
  /** The highest rate, reached at step warmupSteps. */
  readonly peak: number;
  /** The rate from totalSteps on, at most the peak. Default 0. */
  readonly minimum?: number;
  /** Of the share that is still ahead, above 0: 1 is a straight line, more falls sooner. Default 1. */
  readonly power?: number;
  /** Steps of the straight rise from 0, at most totalSteps. Default 0: begin at the peak. */
  readonly warmupSteps?: number;
  /** Steps until the minimum, the warmup included. */
  readonly totalSteps: number;
}

/**
 * A power of the steps still ahead, from the peak to the minimum, after a linear warmup; stays at the
 * minimum afterwards. With power 1 it is {@link linear}.
 *
 * Counts steps from 0: with a warmup the rate of step 0 is 0.
 *
 * @throws RangeError if a rate is negative, a count is not whole, the power is not above 0, the
 * minimum is above the peak or the warmup longer than the whole.
 * @see Chen et al. 2017, DeepLab, §4.1 (the "poly" policy), https://arxiv.org/abs/1606.00915
 */
export function polynomial({
  peak,
  minimum = 0,
  power = 1,
  warmupSteps = 0,
  totalSteps,
}: PolynomialOptions): Schedule {
  checkPositive("peak", peak);
  checkRate("minimum", minimum, peak, "peak");
  checkPositive("power", power);
  checkCount("totalSteps", totalSteps, 1);
  checkCount("warmupSteps", warmupSteps, 0, totalSteps, "totalSteps");
  const rate = (step: number) => {
    if (step >= totalSteps) return minimum;
    if (step < warmupSteps) return (peak * step) / warmupSteps;
    const ahead = (totalSteps - step) / (totalSteps - warmupSteps);
    return minimum + (peak - minimum) * ahead ** power;
  };
  return defineSchedule("polynomial", { peak, minimum, power, warmupSteps, totalSteps }, rate);
}
