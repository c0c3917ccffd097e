import {
  div,
  maximum,
  mul,
  reshape,
  sqrt,
  square,
  sum,
  type Tensor4D,
  tidy,
  type Variable,
} from "@tensorflow/tfjs-core";
import { checkCount, checkShapes, constant, Module, parameter } from "@tx/core";
import { matMul } from "@tx/ops";
import type { ScorePart } from "./score-function";

export interface CosineScoreOptions {
  /** Heads with a scale each; 1 for one scale that all share. */
  heads: number;
  /**
   * First value of the scales. Default 10. The paper's is log₂(n² − n) for sequences of n tokens,
   * so that an untrained head can still attend to one token alone.
   */
  scale?: number;
  /** Least length that a vector is divided by. Default 1e-12; from 1e-18. */
  epsilon?: number;
}

/**
 * Cosine attention: a learned scale a head times the cosine between query and key, so that scores
 * cannot grow with the length of either.
 *
 * @see Henry et al. 2020, Query-Key Normalization for Transformers, §3,
 *   https://arxiv.org/abs/2010.04245
 */
export class CosineScore extends Module implements ScorePart {
  /** [heads] */
  readonly scale: Variable;
  readonly epsilon: number;

  /** @throws RangeError if an option is out of range. */
  constructor({ heads, scale = 10, epsilon = 1e-12 }: CosineScoreOptions) {
    super();
    checkCount("heads", heads);
    if (!Number.isFinite(scale)) {
      throw new RangeError(`scale: expected a finite number, got ${scale}`);
    }
    // Its square has to be a number that float32 holds in full.
    if (!(epsilon >= 1e-18)) {
      throw new RangeError(`epsilon: expected a number from 1e-18, got ${epsilon}`);
    }
    this.epsilon = epsilon;
    this.scale = parameter([heads], constant(scale));
  }

  /**
   * @param query [batch, heads, queries, headDim]
   * @param key [batch, heads, keys, headDim]
   * @returns [batch, heads, queries, keys]
   * @throws ShapeError if they do not fit each other or the scales.
   */
  forward(query: Tensor4D, key: Tensor4D): Tensor4D {
    const scales = this.scale.shape[0]!;
    const heads = scales === 1 ? "heads" : scales;
    checkShapes(
      ["query", query, `batch ${heads} queries headDim`],
      ["key", key, `batch ${heads} keys headDim`],
    );
    return tidy(() => {
      const scaled = mul(this.#unit(query), reshape(this.scale, [1, scales, 1, 1]));
      return matMul(scaled, this.#unit(key), { transposeB: true });
    });
  }

  /** Vectors of length 1; the gradient of a zero vector is finite. */
  #unit(x: Tensor4D): Tensor4D {
    const least = this.epsilon ** 2;
    return div(x, sqrt(maximum(sum(square(x), -1, true), least)));
  }
}

/** Cosine attention with learned scales; see {@link CosineScore}. */
export function cosine(options: CosineScoreOptions): CosineScore {
  return new CosineScore(options);
}
