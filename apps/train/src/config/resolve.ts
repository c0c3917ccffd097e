import { didYouMean } from "../nearest";
import { presets } from "../parts/presets";
import { tasks } from "../tasks/names";
import { UserError } from "../user-error";
import { type Config, defaults, schema } from "./config";

/** Values as they came in, with a word on where each came from for the messages. */
export interface ConfigSource {
  readonly values: Readonly<Record<string, unknown>>;
  /** How to name a key of these values in a message: `--d-model`, or `config.json: dModel`. */
  readonly nameOf: (key: string) => string;
}

/**
 * One valid config of the defaults, what suits the task, a preset that the sources name, and the sources, later ones first in
 * rank.
 *
 * @throws UserError `name: expected …, got …`, one line for each wrong value.
 */
export function resolveConfig(...sources: readonly ConfigSource[]): Config {
  const asked = Object.assign({}, ...sources.map((source) => source.values));
  const task = tasks.find(({ name }) => name === (asked.task ?? defaults.task));
  const preset = presets.find(({ name }) => name === asked.preset);
  const values = { ...defaults, ...task?.settings, ...preset?.settings, ...asked };
  const result = schema.safeParse(values);
  if (result.success) return result.data;
  const origin = (key: string) =>
    [...sources].reverse().find((source) => Object.hasOwn(source.values, key));
  const lines = result.error.issues.flatMap((issue) => {
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map(
        (key) =>
          `${origin(key)?.nameOf(key) ?? key}: no such setting${didYouMean(key, Object.keys(defaults))}`,
      );
    }
    const key = String(issue.path[0]);
    return `${origin(key)?.nameOf(key) ?? key}: ${issue.message}`;
  });
  throw new UserError(lines.join("\n"));
}
