import { atMost, number, oneOf, whole } from "./check";
import { curves, through } from "./curves";
import { define } from "./define";
import { peak, totalSteps } from "./rules";
import type { Schedule } from "./schedule";

/** The curve between two rates. */
export type CycleShape = "cosine" | "linear";

export interface OneCycleOptions {
  /** The highest rate, reached at step warmupSteps. */
  readonly peak: number;
  /** The rate of step 0, at most the peak. Default: peak / 25. */
  readonly start?: number;
  /** The rate from totalSteps on, at most the start. Default: start / 10000. */
  readonly minimum?: number;
  /** Steps of the rise, at most totalSteps. Default: three tenths of totalSteps, rounded. */
  readonly warmupSteps?: number;
  /** Steps until the minimum, the rise included. */
  readonly totalSteps: number;
  /**
   * 2: from the peak straight to the minimum (the default, as fast.ai does). 3: as in the paper, back
   * to the start in as many steps as the rise took, then on to the minimum in the steps that are left.
   */
  readonly phases?: 2 | 3;
  /** Default "cosine"; the paper's is "linear". */
  readonly shape?: CycleShape;
}

/**
 * One rise and one fall over the whole training, to end far below where it began: super-convergence.
 *
 * Counts steps from 0: step 0 has the start and totalSteps the minimum. (torch's `OneCycleLR` is at
 * its ends one step earlier, since it counts its last step as total − 1.)
 *
 * @throws RangeError if a rate is negative or the rates are not in order minimum ≤ start ≤ peak, if a
 * count is not whole, if the rise (in three phases: rise and fall) is longer than the whole, or if the
 * phases or the shape are none of those above.
 * @see Smith and Topin 2018, Super-Convergence, §3 (1cycle),
 * https://arxiv.org/abs/1708.07120
 */
export const oneCycle = (options: OneCycleOptions): Schedule => {
  const { start = options.peak / 25 } = options;
  return define(
    "oneCycle",
    options,
    [
      peak,
      ["start", number, 0, start, "peak"],
      ["minimum", number, 0, start / 1e4, "start"],
      [
        "warmupSteps",
        whole,
        0,
        Math.round(0.3 * whole("totalSteps", options.totalSteps, 1)),
        "totalSteps",
      ],
      totalSteps,
      ["phases", oneOf, [2, 3], 2],
      ["shape", oneOf, ["cosine", "linear"], "cosine"],
    ],
    (peak, start, minimum, warmupSteps, totalSteps, phases, shape) => {
      const curve = curves[shape];
      if (phases === 3) atMost("warmupSteps", warmupSteps, "totalSteps / 2", totalSteps / 2);
      return through(
        [0, start],
        [warmupSteps, peak, curve],
        // In two phases, the turn at the peak again.
        [(phases - 1) * warmupSteps, phases === 3 ? start : peak, curve],
        [totalSteps, minimum, curve],
      );
    },
  );
};
