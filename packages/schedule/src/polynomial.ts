import { positive } from "./check";
import { through } from "./curves";
import type { DecayOptions } from "./decay";
import { define } from "./define";
import { minimum, peak, totalSteps, warmupSteps } from "./rules";
import type { Schedule } from "./schedule";

export interface PolynomialOptions extends DecayOptions {
  /** Of the share that is still ahead, above 0: 1 is a straight line, more falls sooner. Default 1. */
  readonly power?: number;
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
export const polynomial = (options: PolynomialOptions): Schedule =>
  define(
    "polynomial",
    options,
    [peak, minimum, ["power", positive, 0, 1], warmupSteps, totalSteps],
    (peak, minimum, power, warmupSteps, totalSteps) =>
      through([warmupSteps, peak], [totalSteps, minimum, (ahead) => ahead ** power]),
  );
