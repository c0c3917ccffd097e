import { checkCount, type Rng } from "@tx/core";

export interface SampleOptions {
  /** 0 takes the likeliest; the default 1 leaves the distribution as it is. */
  temperature?: number;
  /** Keeps that many of the likeliest only. Default: all. */
  topK?: number;
  rng: Rng;
}

/**
 * Draws one class from logits.
 *
 * @returns Its index.
 * @throws RangeError if there are no logits, one is NaN, or an option is out of range.
 * @see Fan et al. 2018, Hierarchical Neural Story Generation, §5.1 (top-k)
 */
export function sample(
  logits: ArrayLike<number>,
  { temperature = 1, topK = logits.length, rng }: SampleOptions,
): number {
  if (logits.length === 0) throw new RangeError("logits: expected at least one, got none");
  if (!(temperature >= 0 && Number.isFinite(temperature))) {
    throw new RangeError(`temperature: expected a number from 0, got ${temperature}`);
  }
  checkCount("topK", topK);
  const top = likeliest(logits);
  if (temperature === 0) return top;
  const ids = topK < logits.length ? rank(logits).slice(0, topK) : undefined;
  const weights = new Float64Array(ids?.length ?? logits.length);
  let total = 0;
  for (let n = 0; n < weights.length; n++) {
    // Less the largest, so that no exponential overflows.
    weights[n] = Math.exp((logits[ids?.[n] ?? n]! - logits[top]!) / temperature);
    total += weights[n]!;
  }
  let left = rng.uniform() * total;
  const chosen = weights.findIndex((weight) => {
    left -= weight;
    return left < 0;
  });
  // Rounding may leave a little over.
  return chosen === -1 ? top : (ids?.[chosen] ?? chosen);
}

/** The first of the largest. */
function likeliest(logits: ArrayLike<number>): number {
  let top = 0;
  for (let id = 0; id < logits.length; id++) {
    const logit = logits[id]!;
    if (Number.isNaN(logit)) throw new RangeError("logits: expected numbers, got NaN");
    if (logit > logits[top]!) top = id;
  }
  return top;
}

/** From the largest down; the first of equals first. */
function rank(logits: ArrayLike<number>): number[] {
  return Array.from(logits, (_, id) => id).sort((a, b) => logits[b]! - logits[a]! || a - b);
}
