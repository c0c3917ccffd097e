/** What an option of a schedule is in its configuration: plain, or other schedules' configurations. */
export type ScheduleOption =
  | number
  | string
  | boolean
  | ScheduleConfig
  | readonly (number | ScheduleConfig)[];

/** What a schedule is rebuilt from: its kind, the version of its form and its options. */
export interface ScheduleConfig {
  readonly kind: string;
  readonly version: 1;
  readonly [option: string]: ScheduleOption;
}

/**
 * Learning rate at a step of training: a pure function of a plain number, for any optimiser.
 *
 * @throws RangeError if the step is before {@link Schedule.firstStep}, NaN or infinite.
 */
export interface Schedule {
  (step: number): number;
  /** The number of the first update: 0, or 1 where the paper counts updates from 1. */
  readonly firstStep: 0 | 1;
  /** The kind and every option, defaults filled in; {@link scheduleFromJSON} reads it back. */
  toJSON(): ScheduleConfig;
}
