import {
  gather,
  reshape,
  type Tensor,
  type Tensor2D,
  type Tensor4D,
  tensor1d,
  tidy,
  tile,
  transpose,
  type Variable,
} from "@tensorflow/tfjs-core";
import {
  checkCount,
  type Initializer,
  Module,
  normal,
  type Positional,
  type PositionalConfig,
  parameter,
  type Rng,
  type Span,
} from "@tx/core";
import { embeddingLookup, skew } from "@tx/ops";
import { distancesOf, hasIds, pairRows } from "./distances";
import { checkBuckets, type T5BucketOptions, t5Bucket } from "./t5-bucket";

export interface T5BiasOptions extends T5BucketOptions {
  /** Number of heads. */
  heads: number;
  /** First table. Default: Gaussian of standard deviation 0.02. */
  init?: Initializer;
  /** Source of the first table. */
  rng: Rng;
}

/**
 * Relative positions after T5: a learned bias for each head and bucket of distances, shared by the
 * layers that share the strategy. T5 itself does not scale its scores: give its attention the score
 * function scaledDotProduct({scale: 1}).
 *
 * @see Raffel et al. 2020, T5, §2.1, https://arxiv.org/abs/1910.10683
 */
export class T5Bias extends Module implements Positional {
  readonly kind = "t5";
  readonly relative = true;
  /** [buckets, heads] */
  readonly table: Variable;
  readonly heads: number;
  readonly buckets: number;
  readonly maxDistance: number;
  readonly bidirectional: boolean;

  /** @throws RangeError if an option makes no sense. */
  constructor({ heads, rng, init = normal(0.02, rng), ...options }: T5BiasOptions) {
    super();
    const { buckets = 32, maxDistance = 128, bidirectional = false } = options;
    checkCount("heads", heads);
    checkBuckets({ buckets, maxDistance, bidirectional });
    this.heads = heads;
    this.buckets = buckets;
    this.maxDistance = maxDistance;
    this.bidirectional = bidirectional;
    this.table = parameter([buckets, heads], init);
  }

  /**
   * @param heads The number that the table has.
   * @returns [1, heads, queries, keys]; with explicit positions [batch, heads, queries, keys].
   * @throws RangeError if heads is another number; ShapeError if explicit positions do not fit the
   *   span.
   */
  bias(heads: number, span: Span): Tensor4D {
    if (heads !== this.heads) throw new RangeError(`heads: expected ${this.heads}, got ${heads}`);
    return tidy(() => (hasIds(span) ? this.#ofPairs(span) : this.#ofDistances(span)));
  }

  toJSON(): PositionalConfig {
    const { kind, heads, buckets, maxDistance, bidirectional } = this;
    return { kind, version: 1, heads, buckets, maxDistance, bidirectional };
  }

  #ofDistances(span: Span): Tensor4D {
    const distances = distancesOf(span).map((distance) => -distance);
    const rows = transpose(this.#lookup(this.#bucketsOf(distances)));
    const line = reshape(rows, [1, this.heads, 1, distances.length]);
    return skew(tile(line, [1, 1, span.q.len, 1]) as Tensor4D);
  }

  /** Distances are on the device: bucketed by a table that ends where the last bucket begins. */
  #ofPairs(span: Span): Tensor4D {
    const limit = this.maxDistance;
    const distances = Array.from({ length: 2 * limit + 1 }, (_, row) => row - limit);
    const buckets: Tensor = gather(this.#bucketsOf(distances), pairRows(span, limit));
    return transpose(this.#lookup(buckets), [0, 3, 1, 2]) as Tensor4D;
  }

  #bucketsOf(distances: readonly number[]): Tensor {
    return tensor1d(
      distances.map((distance) => t5Bucket(distance, this)),
      "int32",
    );
  }

  #lookup(buckets: Tensor): Tensor {
    return embeddingLookup(this.table as Tensor as Tensor2D, buckets);
  }
}

/** Learned biases for buckets of distances; see {@link T5Bias}. */
export function t5Bias(options: T5BiasOptions): T5Bias {
  return new T5Bias(options);
}
