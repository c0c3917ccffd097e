/** Throws the RangeError `name: expected …, got …` that every option and step is refused with. */
export function refuse(name: string, expected: string, got: unknown): never {
  const shown = typeof got === "string" ? JSON.stringify(got) : String(got);
  throw new RangeError(`${name}: expected ${expected}, got ${shown}`);
}

/** @throws RangeError unless the value is a finite number above zero. */
export function checkPositive(name: string, value: number): void {
  if (!(Number.isFinite(value) && value > 0)) refuse(name, "a number above 0", value);
}

/** @throws RangeError unless the peak is above zero and the minimum from 0 to the peak. */
export function checkPeak(peak: number, minimum: number): void {
  checkPositive("peak", peak);
  checkRate("minimum", minimum, { peak });
}

/** A bound of a number with the name that it goes by, such as an option's. */
export type Limit = Readonly<Record<string, number>>;

/** @throws RangeError unless the value is a finite number from least to the limit, both included. */
export function checkRate(name: string, value: number, limit?: Limit, least = 0): void {
  checkRange(name, "number", Number.isFinite(value), value, least, limit);
}

/** @throws RangeError unless the value is a whole number from least to the limit, both included. */
export function checkCount(name: string, value: number, least: number, limit?: Limit): void {
  checkRange(name, "whole number", Number.isSafeInteger(value), value, least, limit);
}

function checkRange(
  name: string,
  kind: string,
  isKind: boolean,
  value: number,
  least: number,
  limit: Limit = {},
): void {
  const [[limitName, most] = ["", Infinity]] = Object.entries(limit);
  if (!(isKind && value >= least && value <= most)) {
    const range = limitName ? `from ${least} to ${limitName}=${most}` : `of at least ${least}`;
    refuse(name, `a ${kind} ${range}`, value);
  }
}

/** @throws RangeError unless the value is the name of an entry. */
export function checkChoice(name: string, value: unknown, choices: object): void {
  if (!Object.hasOwn(choices, value as string)) {
    refuse(name, `one of ${Object.keys(choices).join(", ")}`, value);
  }
}
