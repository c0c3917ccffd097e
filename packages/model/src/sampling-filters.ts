import { checkCount } from "@tx/core";
import { largest } from "./largest";

/** Which classes may be drawn, and how likely each is; applied in this order. */
export interface FilterOptions {
  /** Divides the logits; 0 takes the likeliest, the default 1 leaves the distribution as it is. */
  temperature?: number | undefined;
  /** Keeps that many of the likeliest only. Default: all. */
  topK?: number | undefined;
  /**
   * Keeps the fewest of the likeliest whose probabilities together reach it, in (0, 1]; the one that
   * crosses it is kept. Default 1: all.
   */
  topP?: number | undefined;
  /** Keeps what is at least that share of the likeliest's probability, in [0, 1]. Default 0: all. */
  minP?: number | undefined;
}

/** Classes that may be drawn. */
export interface Candidates {
  /** Which classes the weights are of. Undefined: each its own place. */
  readonly ids: readonly number[] | undefined;
  /** Not divided by their sum; the likeliest has 1. */
  readonly weights: Float64Array;
  /** Their sum. */
  readonly total: number;
  /** The likeliest class. */
  readonly top: number;
}

/**
 * The distribution that is drawn from: softmax of the logits by temperature, then cut off by top-k,
 * top-p and min-p, each on what the one before left, and made to add up to 1. At least the likeliest
 * is kept.
 *
 * @param logits One a class.
 * @returns The probability of each class, 0 where it is cut off.
 * @throws RangeError if there are no logits, one is NaN, or an option is out of range.
 * @see Fan et al. 2018, Hierarchical Neural Story Generation, §5.1,
 *   https://arxiv.org/abs/1805.04833 (top-k)
 * @see Holtzman et al. 2020, The Curious Case of Neural Text Degeneration, §3.1,
 *   https://arxiv.org/abs/1904.09751 (top-p)
 * @see Nguyen et al. 2024, Turning Up the Heat: Min-p Sampling, §3,
 *   https://arxiv.org/abs/2407.01082 (min-p)
 */
export function filteredProbabilities(
  logits: ArrayLike<number>,
  options: FilterOptions = {},
): Float64Array {
  const { ids, weights, total } = candidatesOf(logits, options);
  const probabilities = new Float64Array(logits.length);
  weights.forEach((weight, n) => {
    probabilities[ids?.[n] ?? n] = weight / total;
  });
  return probabilities;
}

/**
 * What is left of the classes, with the same options and errors as {@link filteredProbabilities}.
 * Nothing is ordered where nothing is cut off.
 */
export function candidatesOf(logits: ArrayLike<number>, options: FilterOptions): Candidates {
  checkFilters(options);
  const { temperature = 1, topK = logits.length, topP = 1, minP = 0 } = options;
  const top = likeliest(logits);
  const weight = (id: number) => {
    const logit = logits[id]!;
    // Less the largest, so that no exponential overflows.
    return logit === logits[top]! ? 1 : Math.exp((logit - logits[top]!) / temperature);
  };
  if (temperature === 0) return candidates([top], new Float64Array([1]), top);
  const ids = topK < logits.length ? largest(logits, topK) : undefined;
  const weights = new Float64Array(ids?.length ?? logits.length);
  for (let n = 0; n < weights.length; n++) weights[n] = weight(ids?.[n] ?? n);
  let left = candidates(ids, weights, top);
  if (topP < 1) left = nucleus(left, topP);
  if (minP > 0) left = atLeast(left, minP);
  return left;
}

/** @throws RangeError if an option is out of range. */
export function checkFilters({ temperature = 1, topK = 1, topP = 1, minP = 0 }: FilterOptions) {
  if (!(temperature >= 0 && Number.isFinite(temperature))) {
    throw new RangeError(`temperature: expected a number from 0, got ${temperature}`);
  }
  checkCount("topK", topK);
  if (!(topP > 0 && topP <= 1)) {
    throw new RangeError(`topP: expected a number in (0, 1], got ${topP}`);
  }
  if (!(minP >= 0 && minP <= 1)) {
    throw new RangeError(`minP: expected a number in [0, 1], got ${minP}`);
  }
}

function candidates(
  ids: readonly number[] | undefined,
  weights: Float64Array,
  top: number,
): Candidates {
  let total = 0;
  for (let n = 0; n < weights.length; n++) total += weights[n]!;
  return { ids, weights, total, top };
}

/** The candidates at some places, in that order. */
function chosen({ ids, weights, top }: Candidates, places: readonly number[]): Candidates {
  const kept = places.map((place) => ids?.[place] ?? place);
  return candidates(
    kept,
    Float64Array.from(places, (place) => weights[place]!),
    top,
  );
}

/** The fewest of the likeliest whose share reaches topP. */
function nucleus(all: Candidates, topP: number): Candidates {
  const { weights, total } = all;
  // Together, what is below this is less than the rest over topP: none of it can be needed.
  const least = ((1 - topP) * total) / weights.length;
  const ordered = placesFrom(weights, least).sort((a, b) => weights[b]! - weights[a]! || a - b);
  let reached = 0;
  let count = 0;
  while (count < ordered.length && reached < topP * total) reached += weights[ordered[count++]!]!;
  return chosen(all, ordered.slice(0, Math.max(1, count)));
}

/** What is at least a share of the likeliest, whose weight is 1. */
function atLeast(all: Candidates, minP: number): Candidates {
  const places = placesFrom(all.weights, minP);
  return places.length === all.weights.length ? all : chosen(all, places);
}

function placesFrom(weights: Float64Array, least: number): number[] {
  const places: number[] = [];
  for (let n = 0; n < weights.length; n++) if (weights[n]! >= least) places.push(n);
  return places;
}

/** The first of the largest. */
function likeliest(logits: ArrayLike<number>): number {
  if (logits.length === 0) throw new RangeError("logits: expected at least one, got none");
  let top = 0;
  for (let id = 0; id < logits.length; id++) {
    const logit = logits[id]!;
    if (Number.isNaN(logit)) throw new RangeError("logits: expected numbers, got NaN");
    if (logit > logits[top]!) top = id;
  }
  return top;
}
