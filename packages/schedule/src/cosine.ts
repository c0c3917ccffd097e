import { checkCount, checkPositive, checkRate } from "./check";
import { defineSchedule, type Schedule } from "./schedule";

export interface CosineOptions {
  /** The highest rate, reached at step warmupSteps. */
  readonly peak: number;
  /** The rate from totalSteps on, at most the peak. Default 0. */
  readonly minimum?: number;
  /** Steps of the straight rise from 0, at most totalSteps. Default 0: begin at the peak. */
  readonly warmupSteps?: number;
  /** Steps until the minimum, the warmup included. */
  readonly totalSteps: number;
}

/**
 * Half a cosine from the peak to the minimum after a linear warmup; stays at the minimum afterwards.
 *
 * Counts steps from 0: with a warmup the rate of step 0 is 0.
 *
 * @throws RangeError if a rate is negative, a count is not whole, the minimum is above the peak or
 * the warmup longer than the whole.
 * @see Loshchilov and Hutter 2017, SGDR, §3, eq. 5 (one cycle), https://arxiv.org/abs/1608.03983
 */
export function cosine({
  peak,
  minimum = 0,
  warmupSteps = 0,
  totalSteps,
}: CosineOptions): Schedule {
  checkPositive("peak", peak);
  checkRate("minimum", minimum, peak, "peak");
  checkCount("totalSteps", totalSteps, 1);
  checkCount("warmupSteps", warmupSteps, 0, totalSteps, "totalSteps");
  const rate = (step: number) => {
    if (step >= totalSteps) return minimum;
    if (step < warmupSteps) return (peak * step) / warmupSteps;
    const progress = (step - warmupSteps) / (totalSteps - warmupSteps);
    return minimum + ((peak - minimum) * (1 + Math.cos(Math.PI * progress))) / 2;
  };
  return defineSchedule("cosine", { peak, minimum, warmupSteps, totalSteps }, rate);
}
