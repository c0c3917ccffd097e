import type { Experiment, Parameter, Values } from "./experiment";

/** What the parameters are if nobody says otherwise. */
export function defaultsOf({ parameters }: Pick<Experiment, "parameters">): Values {
  return Object.fromEntries(parameters.map((parameter) => [parameter.name, parameter.default]));
}

/**
 * The values of all parameters: those given, the defaults for the others.
 *
 * @throws RangeError if one is unknown or not what its parameter allows.
 */
export function completeValues(
  { parameters }: Pick<Experiment, "parameters">,
  given: Values,
): Values {
  const known = new Map(parameters.map((parameter) => [parameter.name, parameter]));
  for (const [name, value] of Object.entries(given)) {
    const parameter = known.get(name);
    if (!parameter) {
      const names = [...known.keys()].join(", ");
      throw new RangeError(`parameter: expected one of ${names}, got ${name}`);
    }
    checkValue(parameter, value);
  }
  return { ...defaultsOf({ parameters }), ...given };
}

/** @throws RangeError if the parameter does not allow the value. */
function checkValue(parameter: Parameter, value: number | boolean | string): void {
  if (!allows(parameter, value)) {
    throw new RangeError(`${parameter.name}: expected ${expectation(parameter)}, got ${value}`);
  }
}

/**
 * A value from a command line or an address.
 *
 * @throws RangeError if the parameter does not allow it.
 */
export function parseValue(parameter: Parameter, written: string): number | boolean | string {
  const value = {
    number: () => (written.trim() === "" ? Number.NaN : Number(written)),
    switch: () => (written === "true" ? true : written === "false" ? false : written),
    choice: () => written,
  }[parameter.kind]();
  if (!allows(parameter, value)) {
    throw new RangeError(`${parameter.name}: expected ${expectation(parameter)}, got ${written}`);
  }
  return value;
}

/** What a parameter allows, in words: "a whole number from 2 to 500". */
export function expectation(parameter: Parameter): string {
  switch (parameter.kind) {
    case "number":
      return `a ${isWhole(parameter) ? "whole number" : "number"} from ${parameter.min} to ${parameter.max}`;
    case "choice":
      return parameter.choices.map(({ value }) => value).join(" or ");
    case "switch":
      return "true or false";
  }
}

/** The number that a parameter is set to. */
export function numberOf(values: Values, name: string): number {
  const value = values[name];
  if (typeof value !== "number") throw new RangeError(`${name}: expected a number, got ${value}`);
  return value;
}

const isWhole = ({ min, step }: { min: number; step: number }) =>
  Number.isInteger(min) && Number.isInteger(step);

function allows(parameter: Parameter, value: number | boolean | string): boolean {
  switch (parameter.kind) {
    case "number":
      return (
        typeof value === "number" &&
        value >= parameter.min &&
        value <= parameter.max &&
        (!isWhole(parameter) || Number.isInteger(value))
      );
    case "choice":
      return parameter.choices.some((choice) => choice.value === value);
    case "switch":
      return typeof value === "boolean";
  }
}
