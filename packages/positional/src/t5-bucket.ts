import { checkCount } from "@tx/core";

export interface T5BucketOptions {
  /** Number of buckets. Default 32. */
  buckets?: number;
  /** Distances from here on share the last bucket. Default 128. */
  maxDistance?: number;
  /** Whether keys after the query have buckets of their own, half of all. Default false. */
  bidirectional?: boolean;
}

/**
 * The bucket of a distance: near ones have one each, further ones share one on a logarithmic scale.
 *
 * @param distance Key position minus query position.
 * @throws RangeError if an option makes no sense.
 * @see Raffel et al. 2020, T5, §2.1 and its released code, https://arxiv.org/abs/1910.10683
 */
export function t5Bucket(distance: number, options: T5BucketOptions = {}): number {
  const { buckets = 32, maxDistance = 128, bidirectional = false } = options;
  checkBuckets({ buckets, maxDistance, bidirectional });
  const count = bidirectional ? buckets / 2 : buckets;
  const first = bidirectional && distance > 0 ? count : 0;
  const away = bidirectional ? Math.abs(distance) : Math.max(-distance, 0);
  const exact = Math.floor(count / 2);
  if (away < exact) return first + away;
  const share = Math.log(away / exact) / Math.log(maxDistance / exact);
  // Bucket edges that are whole numbers must not fall short by a rounding of the logarithms.
  const further = Math.floor(share * (count - exact) + 1e-9);
  return first + Math.min(exact + further, count - 1);
}

/** @throws RangeError if an option makes no sense. */
export function checkBuckets(options: Required<T5BucketOptions>): void {
  const { buckets, maxDistance, bidirectional } = options;
  checkCount("buckets", buckets, bidirectional ? 4 : 2);
  if (bidirectional && buckets % 2 !== 0) {
    throw new RangeError(`buckets: expected an even number with bidirectional, got ${buckets}`);
  }
  const exact = Math.floor(buckets / (bidirectional ? 4 : 2));
  checkCount("maxDistance", maxDistance, exact + 1);
}
