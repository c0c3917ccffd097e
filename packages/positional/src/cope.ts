import {
  add,
  cast,
  clipByValue,
  floor,
  mul,
  range,
  reshape,
  sigmoid,
  sub,
  type Tensor,
  type Tensor2D,
  type Tensor4D,
  tidy,
  type Variable,
  where,
  zerosLike,
} from "@tensorflow/tfjs-core";
import {
  checkCount,
  checkShapes,
  type Initializer,
  Module,
  normal,
  type Positional,
  type PositionalConfig,
  parameter,
  type Rng,
  type ScoreContext,
} from "@tx/core";
import { allowedKeys, cumsumFromEnd, embeddingLookup, matMul } from "@tx/ops";

export interface CopeOptions {
  /** Width of a head. */
  headDim: number;
  /** Vectors of a table: counts of maxPositions − 1 and more share the last one. */
  maxPositions: number;
  /** Set: each head has vectors of its own. Default: the heads share them, as in the paper. */
  heads?: number | undefined;
  /** Set: so many layers have a table of their own each. Default: one, which all layers share. */
  layers?: number | undefined;
  /** First tables. Default: Gaussian of standard deviation 0.02. The authors' code has zeros. */
  init?: Initializer;
  /** Source of the first tables. */
  rng: Rng;
}

/**
 * Contextual positions: how far a key lies back is counted in tokens that count for the query, as
 * its scores say, and not in all tokens. Any length.
 *
 * Of query i and key j the gate is g = sigmoid(score), with the scores as they come: scaled, and with
 * what other strategies added. The position is p = Σ g over the keys from j on that the mask lets the
 * query see, at most maxPositions − 1. Added to the score is query · e(p), unscaled as in the paper,
 * e between two vectors of the table by linear interpolation.
 *
 * Positions of tokens are not looked at, so it makes no difference how a span tells them. Without a
 * causal mask later keys count too, and nothing tells those before a query from those after it.
 *
 * @see Golovneva et al. 2024, Contextual Position Encoding, §4, https://arxiv.org/abs/2405.18719
 */
export class Cope extends Module implements Positional {
  readonly kind = "cope";
  readonly relative = true;
  readonly readsScores = true;
  /** [maxPositions, headDim] each; with heads [heads, maxPositions, headDim]. */
  readonly tables: Variable[];
  readonly headDim: number;
  readonly maxPositions: number;
  readonly heads: number | undefined;
  readonly layers: number | undefined;

  /** @throws RangeError if an option is not a whole number from 1. */
  constructor({ headDim, maxPositions, heads, layers, rng, ...options }: CopeOptions) {
    super();
    const { init = normal(0.02, rng) } = options;
    checkCount("headDim", headDim);
    checkCount("maxPositions", maxPositions);
    if (heads !== undefined) checkCount("heads", heads);
    if (layers !== undefined) checkCount("layers", layers);
    this.headDim = headDim;
    this.maxPositions = maxPositions;
    this.heads = heads;
    this.layers = layers;
    const shape = [...(heads === undefined ? [] : [heads]), maxPositions, headDim];
    this.tables = Array.from({ length: layers ?? 1 }, () => parameter(shape, init));
  }

  /**
   * @param scores [batch, heads, queries, keys]
   * @returns scores + query · (vector of the counted position)
   * @throws RangeError if there is no such layer; ShapeError if heads or their width are not those of
   *   the tables.
   */
  scores(scores: Tensor4D, { query, mask, layer }: ScoreContext): Tensor4D {
    const table = this.tables[this.layers === undefined ? 0 : layer];
    if (!table) throw new RangeError(`layer: expected one of ${this.layers}, got ${layer}`);
    checkShapes(
      ["query", query, `batch ${this.heads ?? "heads"} queries ${this.headDim}`],
      ["scores", scores, "batch heads queries keys"],
    );
    return tidy(() => {
      const vectors = this.heads === undefined ? table : reshape(table, [1, ...table.shape]);
      const fits = matMul<Tensor4D>(query, vectors, { transposeB: true });
      return add(scores, interpolated(fits, this.#positions(scores, mask)));
    });
  }

  toJSON(): PositionalConfig {
    const { kind, headDim, maxPositions, heads, layers } = this;
    const own = { ...(heads !== undefined && { heads }), ...(layers !== undefined && { layers }) };
    return { kind, version: 1, headDim, maxPositions, ...own };
  }

  /** Counted positions, [batch, heads, queries, keys]. */
  #positions(scores: Tensor4D, mask: ScoreContext["mask"]): Tensor4D {
    const [batch, heads, queries, keys] = scores.shape;
    const allowed = allowedKeys(mask, { batch, heads, queries, keys });
    const gates = sigmoid(scores);
    const seen = allowed ? where(allowed, gates, zerosLike(gates)) : gates;
    return clipByValue(cumsumFromEnd(seen), 0, this.maxPositions - 1) as Tensor4D;
  }
}

/**
 * Reads each row of a table of numbers at places that need not be whole. At a whole number its slope
 * is the one to the right.
 *
 * @param rows [batch, heads, queries, entries]
 * @param places [batch, heads, queries, keys], from 0 to entries − 1.
 * @returns [batch, heads, queries, keys]
 */
function interpolated(rows: Tensor4D, places: Tensor4D): Tensor4D {
  const [batch, heads, queries, entries] = rows.shape;
  const count = batch * heads * queries;
  // Of one table of all rows: tfjs 4.22.0's wasm gathers wrongly where each row is a batch entry.
  const table: Tensor2D = reshape(rows, [count * entries, 1]);
  const firsts = range(0, count * entries, entries, "int32");
  const first = reshape(firsts, [batch, heads, queries, 1]);
  const lower = floor(places);
  const at = (entry: Tensor) => {
    const ids = reshape(add(first, cast(entry, "int32")), [places.size]);
    return reshape(embeddingLookup(table, ids), places.shape);
  };
  const below = at(lower);
  const above = at(clipByValue(add(lower, 1), 0, entries - 1));
  return add(below, mul(sub(above, below), sub(places, lower)));
}

/** Positions counted by context; see {@link Cope}. */
export function cope(options: CopeOptions): Cope {
  return new Cope(options);
}
