import type { Tensor3D, Tensor4D } from "@tensorflow/tfjs-core";
import {
  checkCount,
  type Initializer,
  type Mask,
  type Positional,
  type Rng,
  type Span,
} from "@tx/core";
import type { KeyValueCache } from "./key-value-cache";
import { checkQueryKeyNorm, type QueryKeyNorm } from "./query-key-norm";
import type { ScoreFunction } from "./score-function";

/** The projections of an attention layer. */
export type Projection = "query" | "key" | "value" | "output";

export interface MultiHeadAttentionOptions<Output extends boolean = true> {
  /** Width of the queries' input and, with an output projection, of the output. */
  dModel: number;
  /** Number of heads. */
  heads: number;
  /** Width of each head's queries and keys. Default dModel / heads, which then must be whole. */
  headDim?: number | undefined;
  /** Width of each head's values. Default headDim. */
  valueHeadDim?: number | undefined;
  /** Number of key and value heads, a divisor of heads. Default heads; 1 is multi-query. */
  kvHeads?: number | undefined;
  /** Width of the keys' input. Default dModel. */
  keyDim?: number | undefined;
  /** Width of the values' input. Default that of the keys' input. */
  valueDim?: number | undefined;
  /** Whether the projections have a bias: all or none, or each by its name. Default true. */
  bias?: boolean | Readonly<Partial<Record<Projection, boolean>>> | undefined;
  /** Whether the heads' outputs are projected to dModel. Default true. */
  output?: Output | undefined;
  /**
   * Makes keys with the queries' projection, which then is one tied weight: what a query means is
   * what it looks for. For studying what two projections are worth. Default false.
   *
   * @see Kitaev et al. 2020, Reformer, §2, https://arxiv.org/abs/2001.04451
   */
  sharedQueryKey?: boolean | undefined;
  /** How queries and keys are compared. Default {@link scaledDotProduct}. */
  score?: ScoreFunction | undefined;
  /** Normalises each head's queries and keys. Default: not at all. */
  queryKeyNorm?: QueryKeyNorm | undefined;
  /** Share of the attention weights zeroed while training, in [0, 1). Default 0. */
  dropout?: number | undefined;
  /** First values of the kernels. Default: Gaussian of standard deviation 0.02. */
  init?: Initializer | undefined;
  /** First values of the query kernel, where they differ. */
  queryInit?: Initializer | undefined;
  /** First values of the value kernel, where they differ. */
  valueInit?: Initializer | undefined;
  /** First values of the output kernel, where they differ. */
  outputInit?: Initializer | undefined;
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
  /** Strategy whose rotate, bias, scores and values are applied here. */
  positional?: Positional | undefined;
  /** Where queries and keys sit. Default: both start at 0, the queries at the keys' end. */
  span?: Span | undefined;
  /**
   * Keys and values of earlier tokens: those of this call are added to it, and the queries read all.
   * Its span and its mask's `dense` are over all keys, those held and then those of the call;
   * `mask.keys`, `mask.documents` and `span.q.ids` are of the call's own tokens, and the cache
   * remembers them. A fixed cache, of {@link keyValuesOf}, is only read. Has no
   * gradient.
   */
  cache?: KeyValueCache | undefined;
  /** Number of the layer, for strategies that differ by layer. Default 0. */
  layer?: number | undefined;
  /** [batch, queries, dModel], added to the output in the same pass as its projection. */
  residual?: Tensor3D | undefined;
}

export interface AttendResult {
  /** [batch, queries, dModel] */
  output: Tensor3D;
  /** [batch, heads, queries, keys], before dropout. */
  weights: Tensor4D;
}

/** The widths that the options stand for. */
export interface AttentionSizes {
  readonly dModel: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  readonly valueHeadDim: number;
  readonly keyDim: number;
  readonly valueDim: number;
}

/** @throws RangeError if widths or heads do not fit, or sharedQueryKey does not go with them. */
export function sizesOf(options: MultiHeadAttentionOptions<boolean>): AttentionSizes {
  const { dModel, heads, kvHeads = heads, headDim = dModel / heads } = options;
  const { keyDim = dModel, valueDim = keyDim, valueHeadDim = headDim } = options;
  checkCount("dModel", dModel);
  checkCount("heads", heads);
  checkCount("kvHeads", kvHeads);
  if (!Number.isInteger(headDim) && headDim === dModel / heads) {
    throw new RangeError(`dModel: expected a multiple of heads=${heads}, got ${dModel}`);
  }
  for (const [name, width] of Object.entries({ headDim, valueHeadDim, keyDim, valueDim })) {
    checkCount(name, width);
  }
  if (heads % kvHeads !== 0) {
    throw new RangeError(`kvHeads: expected a divisor of heads=${heads}, got ${kvHeads}`);
  }
  if (options.queryKeyNorm) checkQueryKeyNorm(options.queryKeyNorm);
  if (options.sharedQueryKey) {
    for (const [name, wanted, got] of [
      ["keyDim", dModel, keyDim],
      ["kvHeads", heads, kvHeads],
    ] as const) {
      if (got !== wanted) {
        throw new RangeError(`${name}: expected ${wanted} with sharedQueryKey, got ${got}`);
      }
    }
  }
  return { dModel, heads, kvHeads, headDim, valueHeadDim, keyDim, valueDim };
}

/** Whether each projection has a bias. */
export function biasesOf({
  bias = true,
}: MultiHeadAttentionOptions<boolean>): Record<Projection, boolean> {
  const all = typeof bias === "boolean";
  const named = all ? {} : bias;
  const { query = true, key = true, value = true, output = true } = named;
  return all
    ? { query: bias, key: bias, value: bias, output: bias }
    : { query, key, value, output };
}
