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
  const ranked = Array.from(logits, (logit, id) => ({ logit, id }));
  if (ranked.some(({ logit }) => Number.isNaN(logit))) {
    throw new RangeError("logits: expected numbers, got NaN");
  }
  ranked.sort((a, b) => b.logit - a.logit || a.id - b.id);
  const top = ranked[0]!;
  if (temperature === 0) return top.id;
  const kept = ranked.slice(0, topK);
  // Less the largest, so that no exponential overflows.
  const weights = kept.map(({ logit }) => Math.exp((logit - top.logit) / temperature));
  let left = rng.uniform() * weights.reduce((sum, weight) => sum + weight, 0);
  const chosen = weights.findIndex((weight) => {
    left -= weight;
    return left < 0;
  });
  return kept[chosen === -1 ? 0 : chosen]!.id;
}
