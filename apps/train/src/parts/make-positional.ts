import { normal, type Positional, type PositionalConfig, type Rng } from "@tx/core";
import { positionalFromJSON } from "@tx/positional";
import { namesOf, type PartOptions } from "./part";
import { positionals } from "./positionals";

/** What a strategy is made for. */
export interface PositionalSizes {
  readonly dModel: number;
  readonly heads: number;
  readonly layers: number;
  /** Longest sequence, of strategies that have a table. */
  readonly maxLen: number;
  /** Standard deviation of what tokens are read as: learned vectors that are added to it begin as large. */
  readonly tokenSize: number;
  /** Whether tokens see those after them. */
  readonly bidirectional: boolean;
}

/** With first values that go on from one draw to the next. */
type All = PositionalSizes & { readonly headDim: number; readonly rng: Rng };
type Usual = (sizes: All) => Record<string, unknown>;

const table = ({ maxLen, dModel, tokenSize, rng }: All) => ({
  ...{ maxLen, dModel, init: normal(tokenSize, rng) },
});

/** The options that a strategy is made with where the user says nothing. */
const usual: Readonly<Record<string, Usual>> = {
  learned: table,
  sinusoidal: ({ dModel }) => ({ dModel }),
  "trained-sinusoidal": ({ maxLen, dModel }) => ({ maxLen, dModel }),
  axial: table,
  rope: ({ headDim }) => ({ headDim }),
  xpos: ({ headDim }) => ({ headDim }),
  alibi: () => ({}),
  kerple: ({ heads }) => ({ heads }),
  fire: ({ heads }) => ({ heads }),
  t5: ({ heads, bidirectional }) => ({ heads, bidirectional }),
  shaw: ({ headDim }) => ({ headDim, clip: 16 }),
  "transformer-xl": ({ dModel, heads, headDim, layers }) => ({ dModel, heads, headDim, layers }),
  cope: ({ headDim, maxLen }) => ({ headDim, maxPositions: maxLen }),
  dape: ({ heads, layers }) => ({ heads, layers, around: "kerple" }),
  nope: () => ({}),
  combined: () => ({ strategies: ["rope", "alibi"] }),
  "per-layer": () => ({ strategies: ["rope", "nope"] }),
};

/**
 * The strategy of that name.
 *
 * @throws RangeError if an option makes no sense, or a strategy among its options has no such name.
 */
export function makePositional(
  name: string,
  sizes: PositionalSizes,
  options: PartOptions,
  rng: Rng,
): Positional {
  return positionalFromJSON(configOf(name, options, { ...sizes, rng }), rng);
}

function configOf(
  kind: string,
  options: PartOptions,
  sizes: PositionalSizes & { rng: Rng },
): PositionalConfig {
  const made = usual[kind];
  if (made === undefined) {
    throw new RangeError(`kind: expected one of ${namesOf(positionals).join(", ")}, got ${kind}`);
  }
  const headDim = sizes.dModel / sizes.heads;
  const all: Record<string, unknown> = { ...made({ ...sizes, headDim }), ...options };
  const nested = (value: unknown) => nestedConfig(value, sizes);
  if (kind === "dape") all.around = nested(all.around);
  if (Array.isArray(all.strategies)) all.strategies = all.strategies.map(nested);
  if (kind === "per-layer" && Array.isArray(all.strategies)) {
    all.order ??= all.strategies.map((_, place) => place);
  }
  return { ...all, kind, version: 1 };
}

/** A strategy within another's options: its name, or its kind and options. */
function nestedConfig(value: unknown, sizes: PositionalSizes & { rng: Rng }): PositionalConfig {
  if (typeof value === "string") return configOf(value, {}, sizes);
  const { kind, version: _, ...options } = (value ?? {}) as Record<string, unknown>;
  return configOf(String(kind), options, sizes);
}
