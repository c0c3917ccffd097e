import { checkCount, checkPositive, checkRate } from "./check";
import { defineSchedule, type Schedule } from "./schedule";

export interface InverseSqrtOptions {
  /** The highest rate, reached at update warmupSteps. */
  readonly peak: number;
  /** Updates until the peak, at least 1. */
  readonly warmupSteps: number;
  /** Where the straight rise starts from, at most the peak. Default 0. */
  readonly warmupInit?: number;
}

/**
 * A linear warmup to a peak of one's own choice, then peak · sqrt(warmupSteps / step): the Noam
 * curve without its tie to the width of the model.
 *
 * Counts updates from 1, as Noam does: the first update has step 1.
 *
 * @throws RangeError if a rate is negative, a count is not whole or the start is above the peak.
 * @see Ott et al. 2019, fairseq (its `inverse_sqrt`), https://arxiv.org/abs/1904.01038, after
 * Vaswani et al. 2017, §5.3
 */
export function inverseSqrt({ peak, warmupSteps, warmupInit = 0 }: InverseSqrtOptions): Schedule {
  checkPositive("peak", peak);
  checkCount("warmupSteps", warmupSteps, 1);
  checkRate("warmupInit", warmupInit, { peak });
  const rate = (step: number) =>
    step < warmupSteps
      ? warmupInit + ((peak - warmupInit) * step) / warmupSteps
      : peak * Math.sqrt(warmupSteps / step);
  return defineSchedule("inverseSqrt", { peak, warmupSteps, warmupInit }, rate, 1);
}
