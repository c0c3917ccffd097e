import { number } from "./check";
import { define } from "./define";
import type { Schedule } from "./schedule";

export interface ConstantOptions {
  /** The rate of every step, at least 0. */
  readonly rate: number;
}

/**
 * The same rate at every step.
 *
 * @throws RangeError if the rate is negative or not finite.
 */
export const constant = (options: ConstantOptions): Schedule =>
  define("constant", options, [["rate", number, 0]], (rate) => () => rate);
