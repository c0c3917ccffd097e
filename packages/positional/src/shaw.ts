import {
  add,
  cast,
  mul,
  oneHot,
  reshape,
  type Tensor,
  type Tensor2D,
  type Tensor4D,
  tensor,
  tidy,
  transpose,
  type Variable,
} from "@tensorflow/tfjs-core";
import {
  checkCount,
  checkShapes,
  type Initializer,
  Module,
  type Positional,
  type PositionalConfig,
  parameter,
  type Rng,
  type ScoreContext,
  type Span,
  xavierUniform,
} from "@tx/core";
import { embeddingLookup, matMul, skew, unskew } from "@tx/ops";
import { distancesOf, hasIds, pairRows } from "./distances";

export interface ShawOptions {
  /** Width of a head. */
  headDim: number;
  /** Distances further than this, either way, are taken for it. Whole number from 0. */
  clip: number;
  /** Set: each head has vectors of its own. Default: the heads share them, as in the paper. */
  heads?: number | undefined;
  /** Whether to add vectors to the values too. Default true. */
  values?: boolean;
  /** First tables. Default: xavierUniform. */
  init?: Initializer;
  /** Source of the first tables. */
  rng: Rng;
}

/**
 * Relative positions after Shaw: a learned vector for each clipped distance is added to the keys,
 * and another one to the values.
 *
 * The vectors are looked up once a distance, never once a pair of tokens; with explicit positions a
 * one-hot tensor [batch, queries, keys, 2 · clip + 1] is formed.
 *
 * @see Shaw et al. 2018, Self-Attention with Relative Position Representations, §3.1 and §3.2,
 *   https://arxiv.org/abs/1803.02155
 */
export class Shaw extends Module implements Positional {
  readonly kind = "shaw";
  readonly relative = true;
  /** [2 · clip + 1, headDim], by key minus query from −clip on; with heads [heads, …, headDim]. */
  readonly key: Variable;
  /** As key; undefined without. */
  readonly value: Variable | undefined;
  readonly headDim: number;
  readonly clip: number;
  readonly heads: number | undefined;

  /** @throws RangeError if an option is out of range. */
  constructor({ headDim, clip, heads, values = true, rng, ...options }: ShawOptions) {
    super();
    const { init = xavierUniform(rng) } = options;
    checkCount("headDim", headDim);
    checkCount("clip", clip, 0);
    if (heads !== undefined) checkCount("heads", heads);
    this.headDim = headDim;
    this.clip = clip;
    this.heads = heads;
    const shape = [...(heads === undefined ? [] : [heads]), 2 * clip + 1, headDim];
    this.key = parameter(shape, init);
    this.value = values ? parameter(shape, init) : undefined;
  }

  /**
   * @param scores [batch, heads, queries, keys]
   * @returns scores + scale · query · (vector of the distance)
   * @throws ShapeError if heads or their width are not those of the tables.
   */
  scores(scores: Tensor4D, { query, span, scale }: ScoreContext): Tensor4D {
    this.#check("query", query);
    return tidy(() => {
      const scaled = mul(query, scale);
      if (!hasIds(span)) {
        const vectors = this.#vectors(this.key, span);
        return add(scores, skew(matMul(scaled, vectors, { transposeB: true })));
      }
      // [batch, queries, heads, rows of the table] · [batch, queries, rows of the table, keys]
      const fits = matMul<Tensor4D>(scaled, this.#table(this.key), { transposeB: true });
      const chosen = this.#chosen(span);
      const byQuery = matMul<Tensor4D>(swap(fits), chosen, { transposeB: true });
      return add(scores, swap(byQuery));
    });
  }

  /**
   * @param output [batch, heads, queries, headDim]
   * @param weights [batch, heads, queries, keys]
   * @returns output + weights · (vectors of the distances)
   * @throws ShapeError if heads or their width are not those of the tables.
   */
  values(output: Tensor4D, weights: Tensor4D, { span }: ScoreContext): Tensor4D {
    const { value } = this;
    if (!value) return output;
    this.#check("output", output);
    return tidy(() => {
      if (!hasIds(span)) return add(output, matMul(unskew(weights), this.#vectors(value, span)));
      const byRow = swap(matMul<Tensor4D>(swap(weights), this.#chosen(span)));
      return add(output, matMul(byRow, this.#table(value)));
    });
  }

  toJSON(): PositionalConfig {
    const { kind, headDim, clip, heads, value } = this;
    const own = heads === undefined ? {} : { heads };
    return { kind, version: 1, headDim, clip, ...own, values: value !== undefined };
  }

  #check(name: string, x: Tensor4D): void {
    checkShapes([name, x, `batch ${this.heads ?? "heads"} queries ${this.headDim}`]);
  }

  /** The vectors of the span's distances, [distances, headDim] or [1, heads, distances, headDim]. */
  #vectors(table: Variable, span: Span): Tensor {
    const { clip, headDim, heads = 1 } = this;
    const rows = 2 * clip + 1;
    const own = distancesOf(span).map((far) => clip - Math.max(-clip, Math.min(clip, far)));
    const ids = Array.from({ length: heads }, (_, head) => own.map((row) => head * rows + row));
    const flat: Tensor2D = reshape(table, [heads * rows, headDim]);
    const vectors = embeddingLookup(flat, tensor(ids.flat(), [heads * own.length], "int32"));
    return this.heads === undefined ? vectors : reshape(vectors, [1, heads, own.length, headDim]);
  }

  /** The whole table, fit to be multiplied by heads. */
  #table(table: Variable): Tensor {
    return this.heads === undefined ? table : reshape(table, [1, ...table.shape]);
  }

  /** Which row of the table each pair of tokens has, [batch or 1, queries, keys, rows]. */
  #chosen(span: Span): Tensor {
    // As int32 first: tfjs 4.22.0's wasm writes whole numbers whatever dtype it is asked for.
    return cast(oneHot(pairRows(span, this.clip), 2 * this.clip + 1), "float32");
  }
}

/** [batch, heads, queries, n] to [batch, queries, heads, n], and back. */
function swap(x: Tensor4D): Tensor4D {
  return transpose(x, [0, 2, 1, 3]);
}

/** Learned vectors for clipped distances; see {@link Shaw}. */
export function shaw(options: ShawOptions): Shaw {
  return new Shaw(options);
}
