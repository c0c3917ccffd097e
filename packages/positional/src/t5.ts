import {
  gather,
  type Tensor,
  type Tensor2D,
  type Tensor4D,
  tensor1d,
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
import { embeddingLookup } from "@tx/ops";
import { biasByDistance, rowsOf } from "./distances";
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
    return biasByDistance(span, (distances) => {
      // Distances are on the device: bucketed by a table that ends where the last bucket begins.
      const ids: Tensor = gather(this.#buckets(), rowsOf(distances, this.maxDistance));
      const rows = embeddingLookup(this.table as Tensor as Tensor2D, ids);
      return transpose(rows, [0, 3, 1, 2]);
    });
  }

  toJSON(): PositionalConfig {
    const { kind, heads, buckets, maxDistance, bidirectional } = this;
    return { kind, version: 1, heads, buckets, maxDistance, bidirectional };
  }

  /** The bucket of each distance from −maxDistance to maxDistance. */
  #buckets(): Tensor {
    const limit = this.maxDistance;
    const distances = Array.from({ length: 2 * limit + 1 }, (_, row) => row - limit);
    return tensor1d(
      distances.map((distance) => t5Bucket(distance, this)),
      "int32",
    );
  }
}

/** Learned biases for buckets of distances; see {@link T5Bias}. */
export function t5Bias(options: T5BiasOptions): T5Bias {
  return new T5Bias(options);
}
