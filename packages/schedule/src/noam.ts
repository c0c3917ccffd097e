import { positive, whole } from "./check";
import { define } from "./define";
import type { Schedule } from "./schedule";

export interface NoamOptions {
  /** Width of the model. */
  readonly dModel: number;
  /** Updates until the peak, at least 1; 4000 in the paper. */
  readonly warmupSteps: number;
  /** Scales the whole curve. Default 1. */
  readonly factor?: number;
}

/**
 * The schedule of the first Transformer: factor · dModel^-½ · min(step^-½, step · warmupSteps^-1½).
 * The rate rises in a straight line, peaks at update warmupSteps and falls with the root of the step.
 *
 * Counts updates from 1, as the paper does: the first update has step 1.
 *
 * @throws RangeError if an option is not a number above 0, or a count is not whole.
 * @see Vaswani et al. 2017, Attention Is All You Need, §5.3, eq. 3, https://arxiv.org/abs/1706.03762
 */
export const noam = (options: NoamOptions): Schedule =>
  define(
    "noam",
    options,
    [
      ["dModel", whole, 1],
      ["warmupSteps", whole, 1],
      ["factor", positive, 0, 1],
    ],
    (dModel, warmupSteps, factor) => (step) =>
      factor * dModel ** -0.5 * Math.min(step ** -0.5, step * warmupSteps ** -1.5),
    1,
  );
