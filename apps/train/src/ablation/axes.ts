import { catalogue } from "../commands/list";
import { readAs, typedOf } from "../commands/settings";
import type { Config } from "../config/config";
import { UserError } from "../user-error";

/** A setting whose values are compared. */
export interface Axis {
  readonly key: keyof Config;
  readonly values: readonly unknown[];
  /** Whether these are all parts of a kind, whichever of them suit the other settings. */
  readonly all: boolean;
}

/** Settings of an ablation: those that all cells share, and those that are compared. */
export interface Axes {
  readonly shared: Readonly<Partial<Record<keyof Config, unknown>>>;
  readonly axes: readonly Axis[];
}

/** Settings whose text may hold commas of its own. */
const whole: readonly (keyof Config)[] = ["text", "pairs", "prompt", "tokenizer"];

/**
 * Settings as they were typed: values with commas between are compared, "all" stands for every part.
 *
 * @throws UserError if nothing is to be compared, or a value is there twice.
 */
export function axesOf(typed: Readonly<Record<string, string>>): Axes {
  const shared: Partial<Record<keyof Config, unknown>> = {};
  const axes: Axis[] = [];
  for (const [setting, raw] of typedOf(typed)) {
    const { key, read } = setting;
    const single = read === "json" || whole.includes(key);
    const parts = single ? undefined : allOf(raw, setting.flags);
    const values = single ? [raw] : (parts ?? raw.split(",").map((value) => value.trim()));
    if (new Set(values).size < values.length) {
      throw new UserError(`${setting.flags.split(" ")[0]}: expected each value once, got ${raw}`);
    }
    const readValues = values.map((value) => readAs(value, setting));
    if (readValues.length > 1) axes.push({ key, values: readValues, all: parts !== undefined });
    else shared[key] = readValues[0];
  }
  if (axes.length === 0) {
    throw new UserError(
      "ablate: expected a setting with several values, such as --positional rope,alibi or --norm all, got none",
    );
  }
  return { shared, axes };
}

/** Names of all parts; undefined where the value is another one. */
function allOf(raw: string, flags: string): string[] | undefined {
  if (raw !== "all") return undefined;
  const flag = flags.split(" ")[0];
  return catalogue.find(([setting]) => setting === flag)?.[2].map(({ name }) => name);
}

/** Every choice of one value of each axis. */
export function choicesOf(axes: readonly Axis[]): Record<string, unknown>[] {
  return axes.reduce<Record<string, unknown>[]>(
    (choices, { key, values }) =>
      choices.flatMap((choice) => values.map((value) => ({ ...choice, [key]: value }))),
    [{}],
  );
}
