import { activations } from "@tx/ffn";
import * as v from "valibot";

/** What each field of a config has to be. */
export type Fields<Config> = {
  readonly [Name in keyof Config]-?: v.GenericSchema<unknown, Config[Name]>;
};

/** A field that is not what it has to be. */
export interface FieldProblem {
  /** Such as "layers" or "dropout.attention". */
  readonly path: string;
  /** Such as "expected a whole number from 1, got 0". */
  readonly problem: string;
}

/** A whole number. */
export function whole(least = 1, most = Infinity): v.GenericSchema<unknown, number> {
  const message = expected(`a whole number from ${least}`);
  return v.pipe(
    v.number(message),
    v.safeInteger(message),
    v.minValue(least, message),
    v.maxValue(most, expected(`at most ${most}`)),
  );
}

/** A number of blocks: no config makes a program build parts without end. */
export const layerCount = () => whole(1, 100_000);

/** A share of what is there, in [0, 1). */
export function share(): v.GenericSchema<unknown, number> {
  const message = expected("a number in [0, 1)");
  return v.pipe(v.number(message), v.minValue(0, message), v.ltValue(1, message));
}

export function positive(): v.GenericSchema<unknown, number> {
  const message = expected("a positive number");
  return v.pipe(v.number(message), v.finite(message), v.gtValue(0, message));
}

export function flag(): v.GenericSchema<unknown, boolean> {
  return v.boolean(expected("true or false"));
}

export function oneOf<const Names extends readonly string[]>(
  names: Names,
): v.GenericSchema<unknown, Names[number]> {
  return v.picklist(names, expected(`one of ${names.join(", ")}`));
}

/** A name of @tx/ffn's activations, or one of further names. */
export function activationName<const More extends readonly string[] = []>(more?: More) {
  return oneOf([...(more ?? []), ...Object.keys(activations)] as [
    ...More,
    ...(keyof typeof activations)[],
  ]);
}

/** An object with a kind and a version, whatever else it has. */
export function tagged(): v.GenericSchema<unknown, { kind: string; version: number }> {
  return v.looseObject({ kind: v.string(expected("a text")), version: whole() }, (issue) =>
    // Else it is of a key that is missing.
    issue.expected === "Object" ? expected("an object")(issue) : "expected a value, got none",
  );
}

/**
 * A value as a config of these fields, all of them and no others.
 *
 * @param prefix Put before the path of a field, such as "config.".
 * @param rules What fields have to be together; asked only once each by itself is right.
 * @throws RangeError with every problem: `config.layers: expected a whole number from 1, got 0`.
 */
export function parseConfig<Config>(
  fields: Fields<Config>,
  value: unknown,
  { prefix = "", rules }: { prefix?: string; rules?: (config: Config) => FieldProblem[] } = {},
): Config {
  const schema = v.strictObject(fields as v.ObjectEntries, expected("an object"));
  // Named first, so that a field's own schema says what is missing.
  const named = Object.fromEntries(Object.keys(fields).map((name) => [name, undefined]));
  // To valibot a list is an object.
  const result = v.safeParse(
    Array.isArray(value) ? v.never(expected("an object")) : schema,
    isObject(value) ? { ...named, ...value } : value,
    { abortPipeEarly: true },
  );
  const problems = result.success
    ? (rules?.(result.output as Config) ?? [])
    : result.issues.map(problemOf);
  if (problems.length === 0) return result.output as Config;
  const told = problems.map(({ path, problem }) => {
    const name = path === "" ? prefix.replace(/\.$/, "") : `${prefix}${path}`;
    return `${name}: ${problem}`;
  });
  throw new RangeError(told.join("; "));
}

/** What is wrong where a width does not go into heads. */
export function headsDivide({ dModel, heads }: { dModel: number; heads: number }): FieldProblem[] {
  if (dModel % heads === 0) return [];
  return [{ path: "dModel", problem: `expected a multiple of heads=${heads}, got ${dModel}` }];
}

const expected =
  (what: string) =>
  ({ input }: { input: unknown }): string =>
    `expected ${what}, got ${shown(input)}`;

function problemOf(issue: v.BaseIssue<unknown>): FieldProblem {
  const path = v.getDotPath(issue) ?? "";
  // Of a field too many, valibot gives its name as the input.
  if (issue.type !== "strict_object" || issue.expected !== "never") {
    return { path, problem: issue.message };
  }
  return { path, problem: `expected no such field, got ${shown(issue.path?.at(-1)?.value)}` };
}

const isObject = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function shown(value: unknown): string {
  if (value === undefined) return "none";
  if (Array.isArray(value)) return "a list";
  if (isObject(value)) return "an object";
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}
