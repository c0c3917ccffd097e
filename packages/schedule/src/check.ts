/** Throws the RangeError `name: expected …, got …` that every option and step is refused with. */
export function refuse(name: string, expected: string, got: unknown): never {
  const shown = typeof got === "string" ? JSON.stringify(got) : String(got);
  throw new RangeError(`${name}: expected ${expected}, got ${shown}`);
}

/** @throws RangeError unless the value is a finite number above zero. */
export function checkPositive(name: string, value: number): void {
  if (!(Number.isFinite(value) && value > 0)) refuse(name, "a number above 0", value);
}

/** @throws RangeError unless the value is a finite number from 0 to the limit, both included. */
export function checkRate(name: string, value: number, limit = Infinity, limitName = ""): void {
  if (!(Number.isFinite(value) && value >= 0 && value <= limit)) {
    const upTo = limitName === "" ? "of at least 0" : `from 0 to ${limitName}=${limit}`;
    refuse(name, `a number ${upTo}`, value);
  }
}

/** @throws RangeError unless the value is a whole number from least to the limit, both included. */
export function checkCount(
  name: string,
  value: number,
  least: number,
  limit = Infinity,
  limitName = "",
): void {
  if (!(Number.isSafeInteger(value) && value >= least && value <= limit)) {
    const range =
      limitName === "" ? `of at least ${least}` : `from ${least} to ${limitName}=${limit}`;
    refuse(name, `a whole number ${range}`, value);
  }
}

/** @throws RangeError unless the step is finite and not before the first. Fractions are fine. */
export function checkStep(step: number, firstStep: number): void {
  if (!(Number.isFinite(step) && step >= firstStep)) {
    refuse("step", `a number of at least ${firstStep}`, step);
  }
}
