import type { Schedule } from "./schedule";

/** The rate at a step of a schedule that began, at its own first step, in another one. */
export const rateSince = (schedule: Schedule, begin: number, step: number): number =>
  schedule(schedule.firstStep + step - begin);
