import type { Positional } from "@tx/core";

/** What a strategy may do. */
type Hook = "embed" | "rotate" | "bias" | "scores" | "values" | "memory";

/** Whether a strategy, or one that it is made of, has a hook. */
export function hasHook(strategy: Positional, hook: Hook): boolean {
  if (strategy[hook]) return true;
  const { strategies = [] } = strategy as { strategies?: readonly Positional[] };
  return strategies.some((member) => hasHook(member, hook));
}

/** @throws RangeError if there is none, or one is no strategy. */
export function checkMembers(strategies: readonly Positional[]): void {
  if (!Array.isArray(strategies) || strategies.length === 0) {
    throw new RangeError(
      `strategies: expected a list of one or more, got ${JSON.stringify(strategies)}`,
    );
  }
  strategies.forEach((strategy: unknown, n) => {
    if (typeof (strategy as Partial<Positional> | null)?.toJSON !== "function") {
      throw new RangeError(
        `strategies[${n}]: expected a strategy, got ${JSON.stringify(strategy)}`,
      );
    }
  });
}

/** The shortest of their maxLen, as fields to take over: none where they allow any length. */
export function shortest(strategies: readonly Positional[]): { maxLen?: number } {
  const lengths = strategies.flatMap(({ maxLen }) => maxLen ?? []);
  return lengths.length > 0 ? { maxLen: Math.min(...lengths) } : {};
}

/** Their kinds, for a message. */
export function kindsOf(strategies: readonly Positional[]): string {
  return strategies.map(({ kind }) => kind).join(", ");
}
