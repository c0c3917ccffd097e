import { type Tensor3D, tidy, util } from "@tensorflow/tfjs-core";
import { checkShapes, Dropout, Linear, Module, normal, spanOf } from "@tx/core";
import { type LinearWeights, linears } from "@tx/ops";
import { checkComposes, checkSpan, mixHeads } from "./attend-heads";
import type { Call, KeysAndValues } from "./cached-call";
import { mergeHeads, splitHeads } from "./heads";
import {
  type AttendOptions,
  type AttendResult,
  biasesOf,
  type MultiHeadAttentionOptions,
  sizesOf,
} from "./multi-head-attention-options";
import { keysOf, normed, turned } from "./prepared-heads";
import { type HeadNorm, headNormsOf, type QueryKeyNorm } from "./query-key-norm";
import { scaledDotProduct } from "./scaled-dot-product";
import type { ScoreFunction } from "./score-function";

/** As a type, since tfjs's tidy takes no interface. */
type Attended = Tensor3D | Pick<AttendResult, keyof AttendResult>;

/**
 * Attention in several heads: self or cross, with grouped queries, any score function, any mask and
 * any positional strategy.
 *
 * @see Vaswani et al. 2017, Attention Is All You Need, §3.2.2, https://arxiv.org/abs/1706.03762
 * @see Ainslie et al. 2023, GQA, §2.2, https://arxiv.org/abs/2305.13245 (kvHeads)
 * @see Shazeer 2019, Fast Transformer Decoding, §3, https://arxiv.org/abs/1911.02150 (kvHeads: 1)
 */
export class MultiHeadAttention<Output extends boolean = true> extends Module {
  /** [dModel, heads · headDim] */
  readonly query: Linear;
  /** [keyDim, kvHeads · headDim]; with sharedQueryKey the same part as query. */
  readonly key: Linear;
  /** [valueDim, kvHeads · valueHeadDim] */
  readonly value: Linear;
  /** [heads · valueHeadDim, dModel]; undefined without an output projection. */
  readonly output: Output extends true ? Linear : undefined;
  readonly queryNorm: HeadNorm | undefined;
  readonly keyNorm: HeadNorm | undefined;
  readonly score: ScoreFunction;
  readonly dropout: Dropout;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  readonly valueHeadDim: number;
  readonly normOrder: QueryKeyNorm["order"] | undefined;

  /** @throws RangeError if widths, heads, dropout or other options do not fit. */
  constructor(options: MultiHeadAttentionOptions<Output>) {
    super();
    // All checks come before the first variable, so that a refusal leaves none behind.
    const sizes = sizesOf(options);
    const { dModel, heads, kvHeads, headDim, valueHeadDim } = sizes;
    const { dropout = 0, rng, score = scaledDotProduct(), queryKeyNorm } = options;
    const { init = normal(0.02, rng), queryInit = init } = options;
    const { valueInit = init, outputInit = init } = options;
    const bias = biasesOf(options);
    this.dropout = new Dropout(dropout, rng);
    this.heads = heads;
    this.kvHeads = kvHeads;
    this.headDim = headDim;
    this.valueHeadDim = valueHeadDim;
    this.score = score;
    [this.queryNorm, this.keyNorm] = headNormsOf(queryKeyNorm, headDim);
    this.normOrder = queryKeyNorm?.order;
    this.query = new Linear(dModel, heads * headDim, { init: queryInit, bias: bias.query });
    this.key = options.sharedQueryKey
      ? this.query
      : new Linear(sizes.keyDim, kvHeads * headDim, { init, bias: bias.key });
    const values = kvHeads * valueHeadDim;
    this.value = new Linear(sizes.valueDim, values, { init: valueInit, bias: bias.value });
    const output =
      options.output === false
        ? undefined
        : new Linear(heads * valueHeadDim, dModel, { init: outputInit, bias: bias.output });
    this.output = output as typeof this.output;
  }

  /**
   * @param x What queries are made from, [batch, queries, dModel].
   * @returns [batch, queries, dModel], or [batch, queries, heads · valueHeadDim] without an output
   *   projection; with returnWeights also the weights of each head.
   * @throws ShapeError if an input or a mask does not fit; RangeError if the span has other lengths
   *   than the inputs, the strategy and the score function do not go together, or the cache has no
   *   room. A cache is then as it was.
   */
  forward(x: Tensor3D, options?: AttendOptions & { returnWeights?: false }): Tensor3D;
  forward(x: Tensor3D, options: AttendOptions & { returnWeights: true }): AttendResult;
  forward(
    x: Tensor3D,
    options: AttendOptions & { returnWeights?: boolean } = {},
  ): Tensor3D | AttendResult {
    const call = this.#settle(x, options);
    const alone = options.returnWeights ? undefined : call.cache?.attend(this, x, call);
    if (alone) return alone;
    const held = call.cache?.length;
    try {
      return tidy(() => this.#attend(x, call, options.returnWeights ?? false));
    } catch (error) {
      if (held !== undefined) call.cache?.truncate(held);
      throw error;
    }
  }

  #settle(x: Tensor3D, options: AttendOptions): Call {
    const { cache, key = x, value = key, mask = {}, layer = 0, residual } = options;
    const positional = options.positional?.forLayer?.(layer) ?? options.positional;
    if (cache?.fixed && (options.key ?? options.value)) {
      throw new RangeError("key: expected none beside a fixed cache, got one");
    }
    const dModel = this.query.kernel.shape[0];
    const [batch, queries, width] = x.shape;
    // By hand first, here and below, since this runs for each token.
    if (x.rank !== 3 || width !== dModel) checkShapes(["x", x, `batch queries ${dModel}`]);
    if (residual && !this.output) {
      throw new RangeError("residual: expected none without an output projection, got one");
    }
    if (residual && !util.arraysEqual(residual.shape, x.shape)) {
      checkShapes(["residual", residual, `${batch} ${queries} ${dModel}`]);
    }
    const held = cache?.length ?? 0;
    const own = cache?.fixed ? 0 : this.#keysIn(x, key, value);
    const keys = held + own;
    const { span = spanOf(queries, keys) } = options;
    checkSpan(span, queries, keys);
    checkComposes(positional, this.score);
    return { key, value, mask, span, positional, cache, layer, residual };
  }

  /** How many keys the inputs make, once checked. */
  #keysIn(x: Tensor3D, key: Tensor3D, value: Tensor3D): number {
    const [keyDim, valueDim] = [this.key.kernel.shape[0], this.value.kernel.shape[0]];
    // Self-attention.
    if (x === key && x === value && x.shape[2] === keyDim && x.shape[2] === valueDim) {
      return x.shape[1];
    }
    return checkShapes(
      ["x", x, "batch queries width"],
      ["key", key, `batch keys ${keyDim}`],
      ["value", value, `batch keys ${valueDim}`],
    ).keys;
  }

  #attend(x: Tensor3D, call: Call, returnWeights: boolean): Attended {
    const { positional, layer, residual } = call;
    const [query, key, value] = this.#projected(x, call);
    const split = normed(this, splitHeads(query, this.heads), "q", "before-rotation");
    const queries = turned(this, split, "q", call.span, positional);
    const { keys, values, mask, span, keyCount } = this.#keysAndValues(call, key, value);
    const { score } = this;
    const dropout = this.dropout.next();
    const layout = "bshd";
    const settled = { mask, score, positional, span, layer, dropout, layout, keyCount } as const;
    const mixed = mixHeads(queries, keys, values, settled, returnWeights);
    const merged = mergeHeads(mixed.output);
    const output = this.output ? this.output.forward(merged, { residual }) : merged;
    return returnWeights ? { output, weights: mixed.weights! } : output;
  }

  /** [batch, seq, heads · width] of queries, keys and values; of queries alone where a cache has all. */
  #projected(x: Tensor3D, { key, value, cache }: Call): [Tensor3D, Tensor3D?, Tensor3D?] {
    if (cache?.fixed) return [this.query.forward(x)];
    if (x === key && x === value) {
      const maps = [this.query, this.key, this.value] as unknown as LinearWeights[];
      return linears(x, maps) as [Tensor3D, Tensor3D, Tensor3D];
    }
    return [this.query.forward(x), this.key.forward(key), this.value.forward(value)];
  }

  /** Keys as they are compared, and values, and what of them is seen: the call's, or the cache's. */
  #keysAndValues(
    call: Call,
    key: Tensor3D | undefined,
    value: Tensor3D | undefined,
  ): KeysAndValues {
    const { mask, span, positional, cache } = call;
    if (cache) return cache.keysAndValues(this, call, key, value);
    const keys = turned(this, keysOf(this, key!), "k", span, positional);
    return { keys, values: splitHeads(value!, this.kvHeads), mask, span };
  }
}
