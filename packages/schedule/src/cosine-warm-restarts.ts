import { whole } from "./check";
import { curves } from "./curves";
import { define } from "./define";
import { minimum, peak } from "./rules";
import type { Schedule } from "./schedule";

export interface CosineWarmRestartsOptions {
  /** The rate at the beginning of every period. */
  readonly peak: number;
  /** What each period falls to, at most the peak. Default 0. */
  readonly minimum?: number;
  /** Steps of the first period, at least 1; T₀ of the paper. */
  readonly period: number;
  /** How many times as long as the one before each period is, at least 1; T_mult. Default 1. */
  readonly multiplier?: number;
}

/**
 * Half a cosine from the peak to the minimum, again and again: SGDR. A period begins at the peak in
 * the very step in which the one before would have reached the minimum.
 *
 * Counts steps from 0, without an end and without a warmup: {@link warmup} puts one in front.
 *
 * @throws RangeError if a rate is negative, a count is not whole or the minimum is above the peak.
 * @see Loshchilov and Hutter 2017, SGDR, §3, eq. 5, https://arxiv.org/abs/1608.03983
 */
export const cosineWarmRestarts = (options: CosineWarmRestartsOptions): Schedule =>
  define(
    "cosineWarmRestarts",
    options,
    [peak, minimum, ["period", whole, 1], ["multiplier", whole, 1, 1]],
    (peak, minimum, period, multiplier) => (step) => {
      let since = step;
      // Subtracting, where a logarithm would round some restarts to the wrong side of their step.
      let length = period;
      for (; since >= length; length *= multiplier) {
        since = multiplier > 1 ? since - length : since % length;
      }
      return minimum + (peak - minimum) * curves.cosine(0, since / length);
    },
  );
