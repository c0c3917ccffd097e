import { checkRate } from "./check";
import { checkSchedule, defineSchedule, type Schedule } from "./schedule";

/**
 * Another schedule with every rate multiplied: for groups of parameters that learn slower, or a batch
 * of another size.
 *
 * Counts steps as the schedule does.
 *
 * @param factor At least 0; 0 freezes.
 * @throws RangeError if that is no schedule of this package, or the factor is negative or not finite.
 */
export function scale(schedule: Schedule, factor: number): Schedule {
  checkSchedule("schedule", schedule);
  checkRate("factor", factor);
  const options = { schedule: schedule.toJSON(), factor };
  return defineSchedule("scale", options, (step) => factor * schedule(step), schedule.firstStep);
}
