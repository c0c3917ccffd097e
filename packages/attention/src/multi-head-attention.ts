import { reshape, type Tensor3D, type Tensor4D, tidy, transpose } from "@tensorflow/tfjs-core";
import {
  checkCount,
  checkShapes,
  Dropout,
  type Initializer,
  Linear,
  type Mask,
  Module,
  normal,
  type Positional,
  type Rng,
  type Span,
  spanOf,
} from "@tx/core";
import { attention, attentionWeights } from "@tx/ops";
import type { KeyValueCache } from "./key-value-cache";

export interface MultiHeadAttentionOptions {
  /** Width of the queries and of the output. */
  dModel: number;
  /** Number of heads. */
  heads: number;
  /** Width of each head. Default dModel / heads, which then must be whole. */
  headDim?: number;
  /** Number of key and value heads, a divisor of heads. Default heads; 1 is multi-query. */
  kvHeads?: number;
  /** Width of the keys' input. Default dModel. */
  keyDim?: number;
  /** Width of the values' input. Default that of the keys' input. */
  valueDim?: number;
  /** Whether the four projections have a bias. Default true. */
  bias?: boolean;
  /** Share of the attention weights zeroed while training, in [0, 1). Default 0. */
  dropout?: number;
  /** First values of the kernels. Default: Gaussian of standard deviation 0.02. */
  init?: Initializer;
  /** First values of the output kernel, where they differ. */
  outputInit?: Initializer;
  /** Source of first weights and dropout. */
  rng: Rng;
}

export interface AttendOptions {
  /** What keys are made from, [batch, keys, keyDim]. Default: the query's input. */
  key?: Tensor3D | undefined;
  /** What values are made from, [batch, keys, valueDim]. Default: the key's input. */
  value?: Tensor3D | undefined;
  /** Which keys each query may attend to. Default: all. */
  mask?: Mask | undefined;
  /** Strategy whose rotate and bias are applied here. */
  positional?: Positional | undefined;
  /** Where queries and keys sit. Default: both start at 0, the queries at the keys' end. */
  span?: Span | undefined;
  /**
   * Keys and values of earlier tokens: those of x are added to it, and the queries of x read all.
   * Has no gradient.
   */
  cache?: KeyValueCache | undefined;
  /** Number of the layer, for strategies that differ by layer. Default 0. */
  layer?: number | undefined;
}

export interface AttendResult {
  /** [batch, queries, dModel] */
  output: Tensor3D;
  /** [batch, heads, queries, keys], before dropout. */
  weights: Tensor4D;
}

/**
 * Attention in several heads, self or cross.
 *
 * @see Vaswani et al. 2017, Attention Is All You Need, §3.2.2, https://arxiv.org/abs/1706.03762
 * @see Ainslie et al. 2023, GQA, §2.2, https://arxiv.org/abs/2305.13245 (kvHeads)
 */
export class MultiHeadAttention extends Module {
  /** [dModel, heads · headDim] */
  readonly query: Linear;
  /** [keyDim, kvHeads · headDim] */
  readonly key: Linear;
  /** [valueDim, kvHeads · headDim] */
  readonly value: Linear;
  /** [heads · headDim, dModel] */
  readonly output: Linear;
  readonly dropout: Dropout;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;

  /** @throws RangeError if widths, heads or dropout do not fit. */
  constructor(options: MultiHeadAttentionOptions) {
    super();
    const { dModel, heads, kvHeads = heads, headDim = dModel / heads } = options;
    const { keyDim = dModel, valueDim = keyDim, bias = true, dropout = 0, rng } = options;
    const { init = normal(0.02, rng), outputInit = init } = options;
    // All checks come before the first variable, so that a refusal leaves none behind.
    checkHeads(dModel, heads, kvHeads, headDim);
    checkCount("keyDim", keyDim);
    checkCount("valueDim", valueDim);
    this.dropout = new Dropout(dropout, rng);
    this.heads = heads;
    this.kvHeads = kvHeads;
    this.headDim = headDim;
    this.query = new Linear(dModel, heads * headDim, { init, bias });
    this.key = new Linear(keyDim, kvHeads * headDim, { init, bias });
    this.value = new Linear(valueDim, kvHeads * headDim, { init, bias });
    this.output = new Linear(heads * headDim, dModel, { init: outputInit, bias });
  }

  /**
   * @param x What queries are made from, [batch, queries, dModel].
   * @returns [batch, queries, dModel]; with returnWeights also the weights of each head.
   * @throws ShapeError if an input or a mask does not fit; RangeError if the strategy has hooks
   *   that work on scores.
   */
  forward(x: Tensor3D, options?: AttendOptions & { returnWeights?: false }): Tensor3D;
  forward(x: Tensor3D, options: AttendOptions & { returnWeights: true }): AttendResult;
  forward(
    x: Tensor3D,
    options: AttendOptions & { returnWeights?: boolean } = {},
  ): Tensor3D | AttendResult {
    const { key = x, value = key, mask, positional, layer = 0, returnWeights, cache } = options;
    const { queries, keys } = checkShapes(
      ["x", x, `batch queries ${this.query.kernel.shape[0]}`],
      ["key", key, `batch keys ${this.key.kernel.shape[0]}`],
      ["value", value, `batch keys ${this.value.kernel.shape[0]}`],
    );
    if (positional?.scores || positional?.values) {
      throw new RangeError(
        `positional: expected a strategy of rotate and bias, got ${positional.kind}, which changes scores`,
      );
    }
    const held = cache?.length ?? 0;
    const span = options.span ?? spanOf(queries, keys + held);
    // What a cache holds has been turned already: only the keys of x are, which stand at its queries.
    const turnedSpan = cache ? { q: span.q, k: span.q } : span;
    const attend = () => {
      const turned = (t: Tensor4D, side: "q" | "k") =>
        positional?.rotate?.(t, side, turnedSpan) ?? t;
      const q = turned(this.#split(this.query.forward(x), this.heads), "q");
      const newKeys = turned(this.#split(this.key.forward(key), this.kvHeads), "k");
      const newValues = this.#split(this.value.forward(value), this.kvHeads);
      cache?.append(newKeys, newValues);
      const [k, v] = cache ? [cache.keys(), cache.values()] : [newKeys, newValues];
      const bias = positional?.bias?.(this.heads, span, layer);
      const mixed = attention(q, k, v, { mask, bias, dropout: this.dropout.next() });
      const output = this.output.forward(merge(mixed));
      return returnWeights ? { output, weights: attentionWeights(q, k, { mask, bias }) } : output;
    };
    try {
      return tidy(attend);
    } catch (error) {
      cache?.truncate(held);
      throw error;
    }
  }

  // [batch, seq, heads · headDim] to [batch, heads, seq, headDim]
  #split(x: Tensor3D, heads: number): Tensor4D {
    const [batch, seq] = x.shape;
    // One token lies the same either way: no need to move it.
    if (seq === 1) return reshape(x, [batch, heads, seq, this.headDim]);
    return transpose(reshape(x, [batch, seq, heads, this.headDim]), [0, 2, 1, 3]);
  }
}

// [batch, heads, seq, headDim] to [batch, seq, heads · headDim]
function merge(x: Tensor4D): Tensor3D {
  const [batch, heads, seq, headDim] = x.shape;
  const bySeq = seq === 1 ? x : transpose(x, [0, 2, 1, 3]);
  return reshape(bySeq, [batch, seq, heads * headDim]);
}

function checkHeads(dModel: number, heads: number, kvHeads: number, headDim: number): void {
  checkCount("dModel", dModel);
  checkCount("heads", heads);
  checkCount("kvHeads", kvHeads);
  if (!Number.isInteger(headDim) && headDim === dModel / heads) {
    throw new RangeError(`dModel: expected a multiple of heads=${heads}, got ${dModel}`);
  }
  checkCount("headDim", headDim);
  if (heads % kvHeads !== 0) {
    throw new RangeError(`kvHeads: expected a divisor of heads=${heads}, got ${kvHeads}`);
  }
}
