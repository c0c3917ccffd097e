import { checkChoice, checkCount, checkPositive, checkRate, refuse } from "./check";
import { cosine, linear, through } from "./curves";
import { defineSchedule, type Schedule } from "./schedule";

const shapes = { cosine, linear };

/** The curve between two rates. */
export type CycleShape = keyof typeof shapes;

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
export function oneCycle({
  peak,
  start = peak / 25,
  minimum = start / 1e4,
  totalSteps,
  warmupSteps = Math.round(0.3 * totalSteps),
  phases = 2,
  shape = "cosine",
}: OneCycleOptions): Schedule {
  checkPositive("peak", peak);
  checkRate("start", start, { peak });
  checkRate("minimum", minimum, { start });
  checkCount("totalSteps", totalSteps, 1);
  if (phases !== 2 && phases !== 3) refuse("phases", "2 or 3", phases);
  checkChoice("shape", shape, shapes);
  const longest = phases === 2 ? { totalSteps } : { "totalSteps / 2": Math.floor(totalSteps / 2) };
  checkCount("warmupSteps", warmupSteps, 0, longest);
  const curve = shapes[shape];
  const rate = through(start, [
    [warmupSteps, peak, curve],
    ...(phases === 3 ? [[2 * warmupSteps, start, curve] as const] : []),
    [totalSteps, minimum, curve],
  ]);
  const options = { peak, start, minimum, warmupSteps, totalSteps, phases, shape };
  return defineSchedule("oneCycle", options, rate);
}
