import { oneOf, whole } from "./check";
import { curves, through } from "./curves";
import { define } from "./define";
import { minimum, peak, warmupSteps } from "./rules";
import type { Schedule } from "./schedule";

/** The curve from the peak to the minimum. */
export type DecayShape = keyof typeof curves;

export interface WarmupStableDecayOptions {
  /** The highest rate, held between warmup and decay. */
  readonly peak: number;
  /** The rate after the decay, at most the peak. Default 0. */
  readonly minimum?: number;
  /** Steps of the straight rise from 0. Default 0: begin at the peak. */
  readonly warmupSteps?: number;
  /** Steps at the peak. */
  readonly stableSteps: number;
  /** Steps from the peak to the minimum, at least 1. */
  readonly decaySteps: number;
  /** Default "oneMinusSqrt", which Hägele et al. found best. */
  readonly shape?: DecayShape;
}

/**
 * Warmup, a long plateau, then a short decay; stays at the minimum afterwards. Training may go on
 * from any point of the plateau, since the rate there does not depend on the total length.
 *
 * Counts steps from 0: with a warmup the rate of step 0 is 0.
 *
 * @throws RangeError if a rate is negative, a count is not whole, the minimum is above the peak or
 * the shape is unknown.
 * @see Hu et al. 2024, MiniCPM, §4, https://arxiv.org/abs/2404.06395
 * @see Hägele et al. 2024, Scaling Laws and Compute-Optimal Training Beyond Fixed Training
 * Durations, §3 (the shape 1 - sqrt), https://arxiv.org/abs/2405.18392
 */
export const warmupStableDecay = (options: WarmupStableDecayOptions): Schedule =>
  define(
    "warmupStableDecay",
    options,
    [
      peak,
      minimum,
      warmupSteps,
      ["stableSteps", whole, 0],
      ["decaySteps", whole, 1],
      ["shape", oneOf, Object.keys(curves) as DecayShape[], "oneMinusSqrt"],
    ],
    (peak, minimum, warmupSteps, stableSteps, decaySteps, shape) =>
      through(
        [warmupSteps, peak],
        [warmupSteps + stableSteps, peak],
        [warmupSteps + stableSteps + decaySteps, minimum, curves[shape]],
      ),
  );
