import { refuse } from "./check";
import { checkSchedule, defineSchedule, type Schedule } from "./schedule";

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
export function sequence(
  schedules: readonly Schedule[],
  milestones: readonly number[] = [],
): Schedule {
  if (!Array.isArray(schedules) || schedules.length === 0) {
    refuse("schedules", "at least one schedule", Array.isArray(schedules) ? "none" : schedules);
  }
  for (const [i, schedule] of schedules.entries()) checkSchedule(`schedules[${i}]`, schedule);
  const parts = [...schedules];
  const { firstStep } = parts[0]!;
  const begins = [firstStep, ...checkMilestones(milestones, parts.length - 1, firstStep)];
  const rate = (step: number) => {
    let now = 0;
    while (step >= begins[now + 1]!) now++;
    const schedule = parts[now]!;
    return schedule(schedule.firstStep + step - begins[now]!);
  };
  const options = {
    schedules: parts.map((schedule) => schedule.toJSON()),
    milestones: begins.slice(1),
  };
  return defineSchedule("sequence", options, rate, firstStep);
}

function checkMilestones(milestones: unknown, count: number, first: number): readonly number[] {
  const got = Array.isArray(milestones) ? milestones.length : milestones;
  if (got !== count) refuse("milestones", `${count}, one between each two schedules`, got);
  let before = first;
  for (const milestone of milestones as readonly number[]) {
    if (!(Number.isSafeInteger(milestone) && milestone > before)) {
      refuse("milestones", `rising whole numbers above ${first}`, milestones);
    }
    before = milestone;
  }
  return milestones as readonly number[];
}
