import type { CaseTensor, GoldenCase } from "./golden-case";
import { NotMapped } from "./not-mapped";

/**
 * Reads a case and remembers what was read, so that nothing in a case is passed over in silence:
 * a flag, an input or a weight that its kind never asked for makes the case not mapped, and so does
 * a value that the kind does not know.
 */
export class CaseReader {
  private readonly seen = new Set<string>();

  constructor(readonly golden: GoldenCase) {}

  has(part: "config" | "inputs" | "weights" | "outputs", name: string): boolean {
    return Object.hasOwn(this.golden[part], name);
  }

  number(key: string, fallback?: number): number {
    const value = this.config(key) ?? fallback;
    if (typeof value !== "number") throw this.unknown(key, "a number", value);
    return value;
  }

  flag(key: string, fallback?: boolean): boolean {
    const value = this.config(key) ?? fallback;
    if (typeof value !== "boolean") throw this.unknown(key, "true or false", value);
    return value;
  }

  /** One of the texts given, as what it stands for. */
  choice<T>(key: string, choices: Readonly<Record<string, T>>, fallback?: string): T {
    const value = this.config(key) ?? fallback;
    if (typeof value !== "string" || !Object.hasOwn(choices, value)) {
      throw this.unknown(key, `one of ${Object.keys(choices).join(", ")}`, value);
    }
    return choices[value] as T;
  }

  /** A text of a known form: the pattern's groups, or undefined if the case has no such key. */
  phrase(key: string, pattern: RegExp): string[] | undefined {
    const value = this.config(key);
    if (value === undefined) return undefined;
    const match = typeof value === "string" ? pattern.exec(value) : null;
    if (!match) throw this.unknown(key, `a text like ${pattern}`, value);
    return match.slice(1);
  }

  /** A list of names. */
  names(key: string): string[] {
    const value = this.config(key);
    if (!Array.isArray(value) || !value.every((entry) => typeof entry === "string")) {
      throw this.unknown(key, "a list of names", value);
    }
    return value;
  }

  /** A number, or a list of numbers. */
  numbers(key: string): number[] {
    const value = this.config(key);
    const list: unknown[] = Array.isArray(value) ? value : [value];
    if (list.every((entry) => typeof entry === "number")) return list;
    throw this.unknown(key, "a number or a list of numbers", value);
  }

  /** A list of pairs of numbers. */
  pairs(key: string): [number, number][] {
    const value = this.config(key);
    const isPair = (entry: unknown) =>
      Array.isArray(entry) &&
      entry.length === 2 &&
      entry.every((number) => typeof number === "number");
    if (Array.isArray(value) && value.every(isPair)) return value;
    throw this.unknown(key, "a list of pairs of numbers", value);
  }

  /** A list of settings, each numbers by one of these names. */
  settings<Name extends string>(
    key: string,
    names: readonly Name[],
  ): Partial<Record<Name, number>>[] {
    const value = this.config(key);
    const known = (setting: unknown) =>
      typeof setting === "object" &&
      setting !== null &&
      Object.entries(setting).every(
        ([name, entry]) => (names as readonly string[]).includes(name) && typeof entry === "number",
      );
    if (!Array.isArray(value) || !value.every(known)) {
      throw this.unknown(key, `a list of numbers by ${names.join(", ")}`, value);
    }
    return value;
  }

  /** Passes over remarks about the data, which change nothing in what is computed. */
  remarks(...keys: string[]): void {
    for (const key of keys) this.config(key);
  }

  /** Checks sizes that the configuration repeats against those of the tensors. */
  sizes(sizes: Readonly<Record<string, number | undefined>>): void {
    for (const [key, size] of Object.entries(sizes)) {
      const value = this.config(key);
      if (value !== undefined && value !== size) throw this.unknown(key, String(size), value);
    }
  }

  input(name: string): CaseTensor {
    return this.tensor("inputs", name);
  }

  optionalInput(name: string): CaseTensor | undefined {
    return this.has("inputs", name) ? this.input(name) : undefined;
  }

  weight(name: string): CaseTensor {
    return this.tensor("weights", name);
  }

  /** @throws NotMapped naming everything in the case that was not asked for. */
  finish(): void {
    const unread = (["config", "inputs", "weights"] as const).flatMap((part) =>
      Object.keys(this.golden[part])
        .map((name) => `${part}.${name}`)
        .filter((name) => !this.seen.has(name)),
    );
    if (unread.length > 0) throw new NotMapped(`not understood: ${unread.join(", ")}`);
  }

  private config(key: string): unknown {
    this.seen.add(`config.${key}`);
    return this.golden.config[key];
  }

  private tensor(part: "inputs" | "weights", name: string): CaseTensor {
    this.seen.add(`${part}.${name}`);
    const tensor = this.golden[part][name];
    if (!tensor) throw new NotMapped(`${part}.${name}: expected a tensor, got none`);
    return tensor;
  }

  private unknown(key: string, what: string, got: unknown): NotMapped {
    const shown = got === undefined ? "nothing" : JSON.stringify(got);
    return new NotMapped(`config.${key}: expected ${what}, got ${shown}`);
  }
}
