import {
  add,
  expandDims,
  reshape,
  type Tensor,
  type Tensor4D,
  tanh,
  tidy,
  type Variable,
} from "@tensorflow/tfjs-core";
import {
  checkCount,
  checkShapes,
  type Initializer,
  Linear,
  Module,
  parameter,
  type Rng,
  xavierUniform,
} from "@tx/core";
import { matMul } from "@tx/ops";
import type { ScorePart } from "./score-function";

export interface AdditiveScoreOptions {
  /** Width of the queries: of a head, within several. */
  queryDim: number;
  /** Width of the keys. Default queryDim. */
  keyDim?: number;
  /** Width of the layer that both are mapped to. Default keyDim. */
  hiddenDim?: number;
  /** Whether the hidden layer has a bias. Default true. */
  bias?: boolean;
  /** First values of the kernels and of the vector. Default: xavierUniform. */
  init?: Initializer;
  /** Source of the first values. */
  rng: Rng;
}

/**
 * Additive attention: vector · tanh(query · Wq + key · Wk + b), unscaled. The parameters are shared
 * by the heads, each of which has queries and keys of its own.
 *
 * Costs [batch · heads, queries, keys, hiddenDim] of memory, hiddenDim times what a dot product does.
 *
 * @see Bahdanau et al. 2015, Neural Machine Translation by Jointly Learning to Align and Translate,
 *   §3.1 and appendix A.1.2, https://arxiv.org/abs/1409.0473
 */
export class AdditiveScore extends Module implements ScorePart {
  /** Wq, [queryDim, hiddenDim], without a bias. */
  readonly query: Linear;
  /** Wk, [keyDim, hiddenDim], and the bias b. */
  readonly key: Linear;
  /** [hiddenDim] */
  readonly vector: Variable;

  /** @throws RangeError if a width is not a whole number from 1. */
  constructor({ queryDim, keyDim = queryDim, hiddenDim = keyDim, ...rest }: AdditiveScoreOptions) {
    super();
    const { rng, init = xavierUniform(rng), bias = true } = rest;
    for (const [name, width] of Object.entries({ queryDim, keyDim, hiddenDim })) {
      checkCount(name, width);
    }
    this.query = new Linear(queryDim, hiddenDim, { init, bias: false });
    this.key = new Linear(keyDim, hiddenDim, { init, bias });
    this.vector = parameter([hiddenDim], init);
  }

  /**
   * @param query [batch, heads, queries, queryDim]
   * @param key [batch, heads, keys, keyDim]
   * @returns [batch, heads, queries, keys]
   * @throws ShapeError if they do not fit each other or the parameters.
   */
  forward(query: Tensor4D, key: Tensor4D): Tensor4D {
    const { batch, heads, queries, keys } = checkShapes(
      ["query", query, `batch heads queries ${this.query.kernel.shape[0]}`],
      ["key", key, `batch heads keys ${this.key.kernel.shape[0]}`],
    ) as Record<"batch" | "heads" | "queries" | "keys", number>;
    // One axis for batch and heads: tfjs's GPU backends stop at rank 4.
    const flat = (x: Tensor, rows: number): Tensor => reshape(x, [batch * heads, rows, -1]);
    return tidy(() => {
      const q = expandDims(flat(this.query.forward(query), queries), 2);
      const k = expandDims(flat(this.key.forward(key), keys), 1);
      const fit = matMul(tanh(add(q, k)), reshape(this.vector, [-1, 1]));
      return reshape(fit, [batch, heads, queries, keys]);
    });
  }
}

/** Additive attention; see {@link AdditiveScore}. */
export function additive(options: AdditiveScoreOptions): AdditiveScore {
  return new AdditiveScore(options);
}
