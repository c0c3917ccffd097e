import { number, whole } from "./check";
import { define } from "./define";
import { rise } from "./rise";
import { peak } from "./rules";
import type { Schedule } from "./schedule";

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
export const inverseSqrt = (options: InverseSqrtOptions): Schedule =>
  define(
    "inverseSqrt",
    options,
    [peak, ["warmupSteps", whole, 1], ["warmupInit", number, 0, 0, "peak"]],
    (peak, warmupSteps, warmupInit) =>
      rise(warmupSteps, warmupInit, peak, (step) => peak * Math.sqrt(warmupSteps / step)),
    1,
  );
