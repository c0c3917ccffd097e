import type { Schedule } from "./schedule";

/**
 * The value, if it fits. Every option and every step is refused here, so that all of it reads alike.
 *
 * @throws RangeError `name: expected …, got …`
 */
export const check = <T>(name: string, value: T, fits: unknown, expected: string): T => {
  if (!fits) {
    throw new RangeError(
      `${name}: expected ${expected}, got ${typeof value === "string" ? JSON.stringify(value) : value}`,
    );
  }
  return value;
};

/** A finite number, at least the least. */
export const number = (name: string, value: number, least: number): number =>
  check(name, value, Number.isFinite(value) && value >= least, `a number from ${least}`);

/** A whole number that a float64 holds exactly, at least the least. */
export const whole = (name: string, value: number, least: number): number =>
  check(name, value, Number.isSafeInteger(value) && value >= least, `a whole number from ${least}`);

/** A finite number above 0. */
export const positive = (name: string, value: number): number =>
  check(name, value, Number.isFinite(value) && value > 0, "a number above 0");

/** One of the choices. */
export const oneOf = <T>(name: string, value: T, choices: readonly T[]): T =>
  check(name, value, choices.includes(value), choices.join(" or "));

/** What is not above a limit, told with the name that the limit goes by; without limit, anything. */
export const atMost = <T>(name: string, value: T, limit?: string, most?: T): T =>
  check(name, value, !(value > most!), `at most ${limit}=${most}`);

/** A schedule of this package, not just any function. */
export const schedule = (name: string, value: Schedule): Schedule =>
  check(
    name,
    value,
    typeof value === "function" && [0, 1].includes(value.firstStep) && value.toJSON,
    "a schedule of @tx/schedule",
  );
