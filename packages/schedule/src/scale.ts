import { number, schedule } from "./check";
import { define } from "./define";
import type { Schedule } from "./schedule";

/**
 * Another schedule with every rate multiplied: for groups of parameters that learn slower, or a batch
 * of another size.
 *
 * Counts steps as the schedule does.
 *
 * @param factor At least 0; 0 freezes.
 * @throws RangeError if that is no schedule of this package, or the factor is negative or not finite.
 */
export const scale = (schedule: Schedule, factor: number): Schedule => scaled({ schedule, factor });

/** The same of one object, as its configuration has it. */
export const scaled = (options: { readonly schedule: Schedule; readonly factor: number }) =>
  define(
    "scale",
    options,
    [
      ["schedule", schedule],
      ["factor", number, 0],
    ],
    (schedule, factor) => (step) => factor * schedule(step),
    options.schedule?.firstStep,
  );
