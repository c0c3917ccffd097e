import { InvalidArgumentError } from "commander";

/** Reads an option that is a whole number. */
export function wholeFrom(least: number, most: number) {
  return (text: string): number => {
    const number = Number(text);
    if (!(Number.isInteger(number) && number >= least && number <= most)) {
      throw new InvalidArgumentError(`expected a whole number from ${least} to ${most}.`);
    }
    return number;
  };
}
