import { type Command, InvalidArgumentError, Option } from "commander";
import type { Parameter, Values } from "../experiment/experiment";
import { expectation, parseValue } from "../experiment/values";

/** Makes an option of each parameter. */
export function addParameters(command: Command, parameters: readonly Parameter[]): void {
  for (const parameter of parameters) {
    const flag = parameter.name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    const unit = parameter.kind === "number" && parameter.unit ? ` (${parameter.unit})` : "";
    const option = new Option(
      `--${flag} <${parameter.kind === "number" ? "number" : "value"}>`,
      `${parameter.label.en}${unit}: ${expectation(parameter)} (default: ${parameter.default})`,
    );
    command.addOption(option.argParser((written: string) => parsed(parameter, written)));
  }
}

/** The parameters that were given. */
export function givenValues(
  parameters: readonly Parameter[],
  options: Readonly<Record<string, unknown>>,
): Values {
  return Object.fromEntries(
    parameters.flatMap(({ name }) =>
      options[name] === undefined ? [] : [[name, options[name] as Values[string]]],
    ),
  );
}

function parsed(parameter: Parameter, written: string): Values[string] {
  try {
    return parseValue(parameter, written);
  } catch {
    throw new InvalidArgumentError(`expected ${expectation(parameter)}.`);
  }
}
