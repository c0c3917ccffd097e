import type { Rng } from "@tx/core";
import { candidatesOf, type FilterOptions } from "./sampling-filters";

export interface SampleOptions extends FilterOptions {
  rng: Rng;
}

/**
 * Draws one class from logits, from the distribution of {@link filteredProbabilities}. Where only
 * one class is left by temperature 0, no random number is drawn.
 *
 * @returns Its index.
 * @throws RangeError if there are no logits, one is NaN, or an option is out of range.
 */
export function sample(logits: ArrayLike<number>, { rng, ...filters }: SampleOptions): number {
  const { ids, weights, total, top } = candidatesOf(logits, filters);
  if (filters.temperature === 0) return top;
  let left = rng.uniform() * total;
  const chosen = weights.findIndex((weight) => {
    left -= weight;
    return left < 0;
  });
  // Rounding may leave a little over.
  return chosen === -1 ? top : (ids?.[chosen] ?? chosen);
}
