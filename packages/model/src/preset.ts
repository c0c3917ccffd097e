import {
  type Migration,
  Module,
  migrated,
  type Positional,
  type PositionalConfig,
  type Rng,
} from "@tx/core";
import { positionalFromJSON } from "@tx/positional";
import { type FieldProblem, type Fields, parseConfig, tagged, whole } from "./config-schema";
import type { Own } from "./made-together";

/** What every config has beside its own fields. */
export interface PresetConfig {
  /** Which preset it is of. */
  readonly kind: string;
  /** Of the fields: another one where their meaning changes. */
  readonly version: number;
  /** The strategy that tells positions. */
  readonly positional: PositionalConfig;
}

/** A config's fields but for those that every config has. */
export type Settings<Config extends PresetConfig> = Omit<Config, keyof PresetConfig>;

/** What a preset's configs look like. */
export interface ConfigForm<Config extends PresetConfig> {
  readonly kind: Config["kind"];
  readonly version: Config["version"];
  readonly fields: Fields<Settings<Config>>;
  /** Lift configs of earlier versions, the first those of version 1; see CONTRIBUTING.md. */
  readonly migrations?: readonly Migration[];
  /** What fields have to be together. */
  readonly rules?: (settings: Settings<Config>) => FieldProblem[];
}

/** A strategy, what one is made from, or the name of one that the preset makes by itself. */
export type PositionalChoice<Name extends string> = Name | PositionalConfig | Positional;

/**
 * Options with their defaults, checked.
 *
 * @param options A config's fields, and perhaps its kind and version.
 * @throws RangeError naming each field that makes no sense.
 */
export function settled<Config extends PresetConfig>(
  form: ConfigForm<Config>,
  defaults: Partial<Settings<Config>>,
  options: object,
): Settings<Config> {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  const { kind = form.kind, version = form.version, ...fields } = Object.fromEntries(given);
  checkTag(form, { kind, version }, "");
  // Defaults that come from other fields make no sense where those make none: first what was given.
  const told = Object.entries(form.fields).filter(
    ([name]) => Object.hasOwn(fields, name) || !Object.hasOwn(defaults, name),
  );
  parseConfig<unknown>(Object.fromEntries(told), fields);
  const rules = form.rules ? { rules: form.rules } : {};
  return parseConfig(form.fields, { ...defaults, ...fields }, rules);
}

/**
 * A value as a whole config: every field there, no other, and of this kind and version, or of an
 * earlier one that can be lifted to it.
 *
 * @param name What errors call it.
 * @throws RangeError naming the path of each field that is not right.
 */
export function checkedConfig<Config extends PresetConfig>(
  form: ConfigForm<Config>,
  saved: object,
  name: string,
): Config {
  const value = migrated(saved, form.migrations ?? []);
  const { kind, version, positional, ...fields } = value as Partial<Config>;
  checkTag(form, { kind, version }, `${name}.`);
  const rules = form.rules ? { rules: form.rules } : {};
  const prefix = `${name}.`;
  parseConfig({ positional: tagged() }, { positional }, { prefix });
  parseConfig(form.fields, fields, { prefix, ...rules });
  return value as Config;
}

/**
 * The strategy that was chosen.
 *
 * @param makers Of those that have a name.
 * @param options.own Takes in what is made here; a strategy of the caller's stays the caller's.
 * @param options.sizes What the model's sizes are, where a strategy has them too.
 * @throws RangeError if there is no such strategy, or its sizes are not the model's.
 */
export function positionalOf<Name extends string>(
  choice: PositionalChoice<Name>,
  makers: Readonly<Record<Name, () => Positional>>,
  options: { own: Own; rng: Rng; sizes: Readonly<Record<string, number>>; name?: string },
): Positional {
  const { own, rng, sizes, name = "positional" } = options;
  const owned = (made: Positional) => (made instanceof Module ? (own(made) as Positional) : made);
  if (typeof choice === "string" && Object.hasOwn(makers, choice)) return owned(makers[choice]());
  if (typeof choice !== "object" || choice === null) {
    const names = [...Object.keys(makers).map((known) => JSON.stringify(known)), "a strategy"];
    const known = `${names.slice(0, -1).join(", ")} or ${names.at(-1)}`;
    throw new RangeError(`${name}: expected ${known}, got ${JSON.stringify(choice)}`);
  }
  if (isStrategy(choice)) {
    checkSizes(choice.toJSON(), sizes, name);
    return choice;
  }
  const made = owned(fromConfig(choice, rng, name));
  checkKnown(choice, made.toJSON(), name);
  checkSizes(made.toJSON(), sizes, name);
  return made;
}

const isStrategy = (choice: PositionalConfig | Positional): choice is Positional =>
  typeof choice.toJSON === "function";

function fromConfig(config: PositionalConfig, rng: Rng, name: string): Positional {
  try {
    return positionalFromJSON(config, rng);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new RangeError(`${name}.${message.replace(/^positional\./, "")}`, { cause });
  }
}

/** A field that the strategy does not know would be lost, and with it what was meant. */
function checkKnown(given: PositionalConfig, known: PositionalConfig, name: string): void {
  for (const [field, value] of Object.entries(given)) {
    if (Object.hasOwn(known, field) || value === undefined) continue;
    throw new RangeError(
      `${name}.${field}: expected no such field in ${known.kind}, got ${JSON.stringify(value)}`,
    );
  }
}

function checkSizes(
  config: PositionalConfig,
  sizes: Readonly<Record<string, number>>,
  name: string,
): void {
  for (const [field, size] of Object.entries(sizes)) {
    const own = config[field];
    if (typeof own !== "number" || own === size) continue;
    throw new RangeError(`${name}.${field}: expected the model's ${size}, got ${own}`);
  }
}

function checkTag(
  form: { kind: string; version: number },
  given: { kind?: unknown; version?: unknown },
  prefix: string,
): void {
  if (given.kind !== form.kind) {
    const [wanted, got] = [form.kind, given.kind].map((kind) => JSON.stringify(kind));
    throw new RangeError(`${prefix}kind: expected ${wanted}, got ${got}`);
  }
  parseConfig({ version: whole() }, { version: given.version }, { prefix });
  if (given.version !== form.version) {
    throw new RangeError(
      `${prefix}version: expected ${form.version} for ${form.kind}, got ${given.version}`,
    );
  }
}
