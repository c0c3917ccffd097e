import { memory, type Tensor, tidy, Variable } from "@tensorflow/tfjs-core";
import { type Positional, type PositionalConfig, Rng } from "@tx/core";
import type { ProbeLayer } from "./probe-layer";
import type { CheckResult } from "./report";

/** Sizes that a strategy under test is made for. */
export interface ConformanceSizes {
  /** Width of the hidden states that embed adds to. */
  readonly dModel: number;
  readonly heads: number;
  /** Width of a head's queries and keys. */
  readonly headDim: number;
  /** Layers that the strategy serves. */
  readonly layers: number;
  /** A length that it is to know, for strategies that have an end. */
  readonly maxLen: number;
}

/** Makes the strategy under test, a new one each time, with first weights from the rng alone. */
export type PositionalFactory = (options: ConformanceSizes & { readonly rng: Rng }) => Positional;

/** Reads a strategy's config back. */
export type PositionalReader = (config: PositionalConfig, rng: Rng) => Positional;

/** What each check is given. */
export interface Subject {
  /** The strategy, new each time, always with the same first weights. */
  make(): Positional;
  readonly sizes: ConformanceSizes;
  readonly layer: ProbeLayer;
  /** What a number may be off: tolerance · (1 + |number|). */
  readonly tolerance: number;
  /** Reads a config; undefined where nobody said how. */
  readonly fromJSON: PositionalReader | undefined;
}

/** One check. What it throws is its failure. */
export interface Check {
  readonly name: string;
  run(subject: Subject, strategy: Positional): Promise<Omit<CheckResult, "name">>;
}

/** The strategy's variables by name; none where it has no `parameters()`. */
export function parametersOf(strategy: Positional): Map<string, Variable> {
  const { parameters } = strategy as { parameters?: () => Map<string, Variable> };
  return typeof parameters === "function" ? parameters.call(strategy) : new Map();
}

/** Frees what the strategy owns, where it has a `dispose()`. */
export function disposeOf(strategy: Positional): void {
  const { dispose } = strategy as { dispose?: () => void };
  if (typeof dispose === "function") dispose.call(strategy);
}

/** The strategy as one layer has it. */
export function ofLayer(strategy: Positional, layer: number): Positional {
  return strategy.forLayer?.(layer) ?? strategy;
}

/** What a function makes, read to the host; nothing is left behind, also where it throws. */
export async function numbersOf(make: () => Tensor): Promise<Float32Array> {
  const made = tidy(() => {
    const tensor = make();
    // A variable, and what a strategy keeps, outlive the tidy: read a copy of their own.
    return tensor instanceof Variable || tensor.kept ? tensor.clone() : tensor;
  });
  try {
    return (await made.data()) as Float32Array;
  } finally {
    made.dispose();
  }
}

/** The largest |got − wanted| / (1 + |wanted|); infinite where the lengths differ or one is NaN. */
export function largestDifference(got: ArrayLike<number>, wanted: ArrayLike<number>): number {
  if (got.length !== wanted.length) return Number.POSITIVE_INFINITY;
  let largest = 0;
  for (let n = 0; n < wanted.length; n++) {
    const difference = Math.abs(got[n]! - wanted[n]!) / (1 + Math.abs(wanted[n]!));
    if (Number.isNaN(difference)) return Number.POSITIVE_INFINITY;
    largest = Math.max(largest, difference);
  }
  return largest;
}

/** Passed where the difference is within the tolerance. */
export function judged(
  { tolerance }: Subject,
  difference: number,
  what: string,
): Omit<CheckResult, "name"> {
  const within = difference <= tolerance;
  return {
    status: within ? "passed" : "failed",
    detail: `${what} differ by ${difference.toExponential(1)}${within ? "" : `, allowed ${tolerance}`}`,
  };
}

/** Deterministic numbers of about unit size. */
export function noise(count: number, seed: number): Float32Array {
  const rng = new Rng(seed);
  return Float32Array.from({ length: count }, () => 3.4 * (rng.uniform() - 0.5));
}

/**
 * A call that a strategy may refuse by a RangeError that leaves nothing behind.
 *
 * @returns The refusal's words, or what the call gave.
 * @throws What else is thrown; Error if the refusal leaves tensors behind.
 */
export async function orRefused<T>(call: () => Promise<T>): Promise<{ refused: string } | T> {
  const before = memory().numTensors;
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const left = memory().numTensors - before;
    if (left > 0) throw new Error(`a refusal left ${left} tensors behind: ${error.message}`);
    return { refused: error.message };
  }
}
