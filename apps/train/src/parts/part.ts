/** A part that can be chosen by its name. */
export interface Part<Name extends string = string> {
  readonly name: Name;
  /** What it does, in a sentence. */
  readonly says: string;
  /** Its options by name, each with a few words. */
  readonly options?: Readonly<Record<string, string>>;
}

/** Options of a part, as JSON gives them. */
export type PartOptions = Readonly<Record<string, unknown>>;

/** The part of that name; the name has been checked. */
export function partNamed<P extends Part>(parts: readonly P[], name: string): P {
  const found = parts.find((part) => part.name === name);
  if (found === undefined) {
    throw new RangeError(`part: expected one of ${namesOf(parts).join(", ")}, got ${name}`);
  }
  return found;
}

export const namesOf = (parts: readonly Part[]): string[] => parts.map(({ name }) => name);
