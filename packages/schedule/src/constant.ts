import { checkRate } from "./check";
import { defineSchedule, type Schedule } from "./schedule";

export interface ConstantOptions {
  /** The rate of every step, at least 0. */
  readonly rate: number;
}

/**
 * The same rate at every step.
 *
 * @throws RangeError if the rate is negative or not finite.
 */
export function constant({ rate }: ConstantOptions): Schedule {
  checkRate("rate", rate);
  return defineSchedule("constant", { rate }, () => rate);
}
