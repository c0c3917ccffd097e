import type { ActivationName } from "@tx/ffn";

/** What a config.json holds: an object of plain JSON. */
export type HuggingFaceJson = { readonly [name: string]: unknown };

/**
 * Reads the fields of a Hugging Face config.json. A field that is missing or null has the default of
 * their code. What a model of ours cannot do is refused by the field's name.
 */
export class HuggingFaceConfig {
  constructor(
    readonly json: HuggingFaceJson,
    /** What errors call it. */
    readonly name: string,
  ) {}

  /** A whole number from 1, or from another least. */
  count(field: string, missing: number, least = 1): number {
    const value = this.json[field] ?? missing;
    if (Number.isSafeInteger(value) && (value as number) >= least) return value as number;
    throw this.#refusal(field, `a whole number from ${least}`, value);
  }

  number(field: string, missing: number): number {
    const value = this.json[field] ?? missing;
    if (typeof value === "number" && Number.isFinite(value)) return value;
    throw this.#refusal(field, "a number", value);
  }

  flag(field: string, missing: boolean): boolean {
    const value = this.json[field] ?? missing;
    if (typeof value === "boolean") return value;
    throw this.#refusal(field, "true or false", value);
  }

  /** What one of some texts stands for. */
  choice<T>(field: string, choices: Readonly<Record<string, T>>, missing: string): T {
    const value = this.json[field] ?? missing;
    if (typeof value === "string" && Object.hasOwn(choices, value)) return choices[value] as T;
    throw this.#refusal(field, `one of ${Object.keys(choices).join(", ")}`, value);
  }

  /** A setting of which we can do one value only. */
  only(field: string, value: unknown, missing: unknown = value): void {
    const got = this.json[field] ?? missing;
    if (got !== value) throw this.#refusal(field, JSON.stringify(value), got);
  }

  /** An object within; undefined where there is none. */
  object(field: string): HuggingFaceConfig | undefined {
    const value = this.json[field] ?? undefined;
    if (value === undefined) return undefined;
    if (typeof value !== "object" || Array.isArray(value)) {
      throw this.#refusal(field, "an object", value);
    }
    return new HuggingFaceConfig(value as HuggingFaceJson, `${this.name}: ${field}`);
  }

  /** A list of positive numbers. */
  factors(field: string): number[] {
    const value = this.json[field];
    const good = (n: unknown) => typeof n === "number" && n > 0 && n < Infinity;
    if (Array.isArray(value) && value.every(good)) return value as number[];
    throw this.#refusal(field, "a list of positive numbers", value);
  }

  /**
   * The one share that we drop in all of these places.
   *
   * @param chosen What the caller wants in their stead.
   */
  dropout(fields: Readonly<Record<string, number>>, chosen: number | undefined): number {
    if (chosen !== undefined) return chosen;
    const rates = Object.entries(fields).map(([field, missing]) => this.number(field, missing));
    if (rates.every((rate) => rate === rates[0])) return rates[0]!;
    const all = Object.keys(fields).map((field, n) => `${field}=${rates[n]}`);
    throw new RangeError(
      `${this.name}: expected one share for all dropout, or options.dropout, got ${all.join(", ")}`,
    );
  }

  #refusal(field: string, expected: string, got: unknown): RangeError {
    return new RangeError(
      `${this.name}: ${field}: expected ${expected}, got ${JSON.stringify(got) ?? got}`,
    );
  }
}

/** Their names of activations. */
export const activationsByName: Readonly<Record<string, ActivationName>> = {
  gelu: "gelu",
  gelu_new: "gelu-tanh",
  gelu_pytorch_tanh: "gelu-tanh",
  gelu_fast: "gelu-tanh",
  mish: "mish",
  relu: "relu",
  relu2: "squared-relu",
  silu: "silu",
  swish: "silu",
};

/** The name of an activation in their code. */
export function nameOfActivation(activation: string): string {
  const names: Record<string, string> = {
    ...{ gelu: "gelu", "gelu-tanh": "gelu_new", mish: "mish", relu: "relu" },
    ...{ "squared-relu": "relu2", silu: "silu" },
  };
  const name = names[activation];
  if (name !== undefined) return name;
  throw new RangeError(
    `config.activation: expected one of ${Object.keys(names).join(", ")}, got ${JSON.stringify(activation)}`,
  );
}
