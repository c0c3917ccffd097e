import { oneOf, schedule, whole } from "./check";
import { define } from "./define";
import { rateSince } from "./rate-since";
import type { Schedule } from "./schedule";

/**
 * Schedules one after the other. Each runs from its own beginning, from the milestone before it until
 * the one behind it; the last has no end.
 *
 * Counts steps as the first schedule does. A milestone is the step, in that count, in which the next
 * one begins.
 *
 * @param schedules At least one.
 * @param milestones Whole and rising, one fewer than there are schedules.
 * @throws RangeError if there is no schedule, one is none of this package, or the milestones are
 * another number, not whole or not rising.
 */
export const sequence = (
  schedules: readonly Schedule[],
  milestones?: readonly number[],
): Schedule => sequenced({ schedules, milestones });

/** The same of one object, as its configuration has it. */
export const sequenced = (options: {
  readonly schedules: readonly Schedule[];
  readonly milestones: readonly number[] | undefined;
}) =>
  define(
    "sequence",
    options,
    [
      ["schedules", all],
      ["milestones", rising, options.schedules, []],
    ],
    (schedules, milestones) =>
      milestones.reduce<(step: number) => number>(
        (before, milestone, i) => (step) =>
          step < milestone ? before(step) : rateSince(schedules[i + 1]!, milestone, step),
        schedules[0]!,
      ),
    options.schedules?.[0]?.firstStep,
  );

/** A copy of a list of schedules, at least one. */
const all = (name: string, schedules: readonly Schedule[]) => {
  whole(`${name}.length`, schedules?.length, 1);
  return Array.from(schedules, (part, i) => schedule(`${name}[${i}]`, part));
};

/** A copy of a list of whole numbers that rise, one between each two schedules. */
const rising = (name: string, milestones: readonly number[], schedules: readonly Schedule[]) => {
  oneOf(`${name}.length`, milestones?.length, [schedules.length - 1]);
  return Array.from(milestones, (milestone, i) =>
    whole(`${name}[${i}]`, milestone, (milestones[i - 1] ?? schedules[0]!.firstStep) + 1),
  );
};
