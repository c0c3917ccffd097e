import { add, type Tensor, tidy } from "@tensorflow/tfjs-core";
import { Module, type Positional, type PositionalConfig } from "@tx/core";
import { checkMembers, hasHook, kindsOf, shortest } from "./members";

/** A hook that is there. */
type Hook<Name extends keyof Positional> = NonNullable<Positional[Name]>;

/**
 * Several strategies at once: what they add to embeddings and to scores is added up, one of them may
 * rotate, and those that change scores or values do so in the order of the list. It has the hooks
 * that a member has, so that members which keep attention's fused operation together keep it too.
 *
 * Beside a strategy that rotates, those that change scores see rotated queries and keys. What Shaw's
 * or Transformer-XL's vectors make of them depends on the positions themselves, so that the whole
 * does not claim to be relative then.
 */
export class Combined extends Module implements Positional {
  readonly kind = "combined";
  readonly strategies: readonly Positional[];
  /** Whether all members claim it, and none changes the scores of what another rotates. */
  readonly relative: boolean;
  /** The shortest of the members. */
  declare readonly maxLen?: number;
  /** "raw" if a member wants that. */
  declare readonly cacheKeys?: "rotated" | "raw";
  /** Whether the last member reads the scores themselves. */
  declare readonly readsScores?: boolean;
  declare readonly embed?: Hook<"embed">;
  declare readonly rotate?: Hook<"rotate">;
  declare readonly bias?: Hook<"bias">;
  declare readonly scores?: Hook<"scores">;
  declare readonly values?: Hook<"values">;
  declare readonly forLayer?: Hook<"forLayer">;

  /**
   * @throws RangeError if the list is empty or names an object twice, two members rotate, two have a
   *   memory, or one that reads scores is not the last.
   */
  constructor(strategies: readonly Positional[]) {
    super();
    checkMembers(strategies);
    checkTogether(strategies);
    this.strategies = [...strategies];
    this.relative =
      strategies.every(({ relative }) => relative === true) &&
      !(anyHas(strategies, "rotate") && anyHas(strategies, "scores"));
    const keys = strategies.flatMap(({ cacheKeys }) => cacheKeys ?? []);
    Object.assign(this, shortest(strategies), hooksOf(strategies), {
      ...(keys.length > 0 && { cacheKeys: keys.includes("raw") ? "raw" : "rotated" }),
      ...(strategies.some(readsScores) && { readsScores: true }),
    });
  }

  /** That of the one member that has one. */
  get memory(): Positional["memory"] {
    return this.strategies.find(({ memory }) => memory)?.memory;
  }

  toJSON(): PositionalConfig {
    const strategies = this.strategies.map((strategy) => strategy.toJSON());
    return { kind: this.kind, version: 1, strategies };
  }
}

type Hooks = Pick<Positional, "embed" | "rotate" | "bias" | "scores" | "values" | "forLayer">;

/** Those hooks that some member has. */
function hooksOf(strategies: readonly Positional[]): Hooks {
  const having = <Name extends keyof Hooks>(name: Name) =>
    strategies.filter((strategy) => strategy[name]) as (Positional & Required<Pick<Hooks, Name>>)[];
  const [embedding, [rotating], biasing] = [having("embed"), having("rotate"), having("bias")];
  const [scoring, mixing, layered] = [having("scores"), having("values"), having("forLayer")];
  return {
    ...(embedding.length > 0 && {
      embed: (x, span) => tidy(() => embedding.reduce((sum, member) => member.embed(sum, span), x)),
    }),
    ...(rotating && { rotate: (t, side, span) => rotating.rotate(t, side, span) }),
    ...(biasing.length > 0 && {
      bias: (heads, span, layer) =>
        tidy(() =>
          biasing
            .map((member): Tensor => member.bias(heads, span, layer))
            .reduce((sum, bias) => add(sum, bias)),
        ),
    }),
    ...(scoring.length > 0 && {
      scores: (scores, context) =>
        tidy(() => scoring.reduce((sum, member) => member.scores(sum, context), scores)),
    }),
    ...(mixing.length > 0 && {
      values: (output, weights, context) =>
        tidy(() => mixing.reduce((sum, member) => member.values(sum, weights, context), output)),
    }),
    ...(layered.length > 0 && {
      forLayer: (layer) =>
        new Combined(strategies.map((member) => member.forLayer?.(layer) ?? member)),
    }),
  };
}

function checkTogether(strategies: readonly Positional[]): void {
  if (new Set(strategies).size < strategies.length) {
    throw new RangeError(`strategies: expected each once, got one of ${kindsOf(strategies)} twice`);
  }
  const rotating = strategies.filter(({ rotate }) => rotate);
  if (rotating.length > 1) {
    throw new RangeError(
      `strategies: expected one that rotates, since two rotations multiply and no longer turn by the distance, got ${kindsOf(rotating)}`,
    );
  }
  const remembering = strategies.filter(({ memory }) => memory);
  if (remembering.length > 1) {
    throw new RangeError(`strategies: expected one with memory, got ${kindsOf(remembering)}`);
  }
  const early = strategies.slice(0, -1).find(readsScores);
  if (early) {
    throw new RangeError(
      `strategies: expected one that reads the scores to come last, once all others changed them, got ${kindsOf(strategies)} where ${early.kind} reads them`,
    );
  }
}

function readsScores(strategy: Positional): boolean {
  return strategy.readsScores === true;
}

function anyHas(strategies: readonly Positional[], hook: "rotate" | "scores"): boolean {
  return strategies.some((strategy) => hasHook(strategy, hook));
}

/** Several strategies at once; see {@link Combined}. */
export function combined(strategies: readonly Positional[]): Combined {
  return new Combined(strategies);
}
