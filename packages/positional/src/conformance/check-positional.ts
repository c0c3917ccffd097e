import { type Positional, Rng } from "@tx/core";
import { positionalFromJSON, positionalKinds } from "../from-json";
import { batchParity } from "./checks/batch-parity";
import { blindRows } from "./checks/blind-rows";
import { cachedKeys } from "./checks/cached-keys";
import { decodeParity } from "./checks/decode-parity";
import { gradients } from "./checks/gradients";
import { jsonRoundTrip } from "./checks/json-round-trip";
import { leaks } from "./checks/leaks";
import { leftPadding } from "./checks/left-padding";
import { lengthRefusal } from "./checks/length-refusal";
import { packedDocuments } from "./checks/packed-documents";
import { segmentInvariance } from "./checks/segment-invariance";
import { shiftInvariance } from "./checks/shift-invariance";
import { ProbeLayer } from "./probe-layer";
import type { CheckResult, ConformanceReport } from "./report";
import {
  type Check,
  type ConformanceSizes,
  disposeOf,
  type PositionalFactory,
  type PositionalReader,
  type Subject,
} from "./subject";

const checks: readonly Check[] = [
  decodeParity,
  cachedKeys,
  shiftInvariance,
  segmentInvariance,
  batchParity,
  leftPadding,
  packedDocuments,
  lengthRefusal,
  gradients,
  blindRows,
  leaks,
  jsonRoundTrip,
];

export interface ConformanceOptions {
  /** Sizes that differ from { dModel: 10, heads: 3, headDim: 4, layers: 2, maxLen: 24 }. */
  sizes?: Partial<ConformanceSizes>;
  /** Reads the strategy's config. Default: positionalFromJSON, where it knows the kind. */
  fromJSON?: PositionalReader;
  /** What a number may be off: tolerance · (1 + |number|). Default 1e-4. */
  tolerance?: number;
  /** Seed of the first weights. Default 1. */
  seed?: number;
}

/**
 * Looks whether a strategy keeps the contract of `Positional`, on the backend that is set: as many
 * strategies are made as there are checks, run in one plain layer of attention, and disposed.
 *
 * Works in any test runner and without one: what fails is in the report, nothing is thrown.
 *
 * @param factory Makes the strategy for given sizes.
 * @throws RangeError if a size is out of range; what the factory throws for these sizes.
 */
export async function checkPositional(
  factory: PositionalFactory,
  { sizes: given, fromJSON, tolerance = 1e-4, seed = 1 }: ConformanceOptions = {},
): Promise<ConformanceReport> {
  const sizes = { dModel: 10, heads: 3, headDim: 4, layers: 2, maxLen: 24, ...given };
  checkSizes(sizes);
  const make = () => factory({ ...sizes, rng: new Rng(seed) });
  const first = make();
  const { kind } = first;
  disposeOf(first);
  const known = positionalKinds.includes(kind) ? positionalFromJSON : undefined;
  const layer = new ProbeLayer(sizes);
  const subject: Subject = { make, sizes, layer, tolerance, fromJSON: fromJSON ?? known };
  const results: CheckResult[] = [];
  for (const check of checks) results.push(await resultOf(check, subject));
  return { kind, results, failures: results.filter(({ status }) => status === "failed") };
}

async function resultOf(check: Check, subject: Subject): Promise<CheckResult> {
  let strategy: Positional | undefined;
  try {
    strategy = subject.make();
    return { name: check.name, ...(await check.run(subject, strategy)) };
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return { name: check.name, status: "failed", detail };
  } finally {
    if (strategy) disposeOf(strategy);
  }
}

/** The longest span that a check asks of a strategy: shift invariance's. */
const LONGEST = 17;

function checkSizes(sizes: ConformanceSizes): void {
  for (const [name, size] of Object.entries(sizes)) {
    const least = name === "maxLen" ? LONGEST : 1;
    if (!(Number.isInteger(size) && size >= least)) {
      throw new RangeError(`sizes.${name}: expected a whole number from ${least}, got ${size}`);
    }
  }
}
