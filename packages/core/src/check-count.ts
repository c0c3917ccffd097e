/** @throws RangeError if value is not a whole number from least on. */
export function checkCount(name: string, value: number, least = 1): void {
  if (!(Number.isSafeInteger(value) && value >= least)) {
    throw new RangeError(`${name}: expected a whole number from ${least}, got ${value}`);
  }
}
