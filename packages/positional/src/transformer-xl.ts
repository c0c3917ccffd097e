import {
  add,
  concat,
  mul,
  reshape,
  slice,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
  type Tensor4D,
  tidy,
  transpose,
  type Variable,
} from "@tensorflow/tfjs-core";
import {
  checkCount,
  checkShapes,
  type Initializer,
  Linear,
  Module,
  normal,
  type Positional,
  type PositionalConfig,
  parameter,
  type Rng,
  type ScoreContext,
  type Span,
  zeros,
} from "@tx/core";
import { matMul, skew } from "@tx/ops";
import { distancesOf, hasIds } from "./distances";
import { clampPairs, waveScoresOfPairs } from "./paired-waves";
import { RotaryTables } from "./rotary-tables";
import { type SinusoidalLayout, sinusoidalTable, wavesOf } from "./sinusoidal-table";

export interface TransformerXLOptions {
  /** Width of the waves. */
  dModel: number;
  heads: number;
  /** Width of a head. Default dModel / heads. */
  headDim?: number;
  /** Layers that it serves, each with a projection of its own. Default 1. */
  layers?: number;
  /** Whether the layers share u and v, as in the paper's code. Default true. */
  shared?: boolean;
  /** Tokens of earlier segments to carry along. Default 0: none. */
  memoryLen?: number;
  /** Distances further than this are taken for it. Default: as far as they are. */
  clampLen?: number | undefined;
  /** Order of the waves' columns. Default "concat", as in the paper's code. */
  layout?: SinusoidalLayout;
  /** First values of the projections. Default: Gaussian of standard deviation 0.02. */
  init?: Initializer;
  /** Source of first values. */
  rng: Rng;
}

/** What one layer has: the projection of the waves, and the biases u and v. */
export class TransformerXLLayer extends Module {
  /** W_kR, [dModel, heads · headDim], without a bias. */
  readonly projection: Linear;

  constructor(
    projection: Linear,
    /** u, [heads, headDim]: what every query asks of the keys' content. */
    readonly content: Variable,
    /** v, [heads, headDim]: what every query asks of the keys' distance. */
    readonly distance: Variable,
  ) {
    super();
    this.projection = projection;
  }
}

/**
 * Relative positions after Transformer-XL: a score has the fit of a query and the projected waves of
 * the distance added, and what every query asks of content and of distance (u and v). Any length;
 * with memoryLen hidden states of earlier segments are attended to as well. Owns tables of waves for
 * explicit positions, which dispose frees.
 *
 * @see Dai et al. 2019, Transformer-XL, §3.2, §3.3 and appendix B, https://arxiv.org/abs/1901.02860
 */
export class TransformerXL extends Module implements Positional {
  readonly kind = "transformer-xl";
  readonly relative = true;
  readonly layers: TransformerXLLayer[];
  readonly dModel: number;
  readonly heads: number;
  readonly headDim: number;
  readonly shared: boolean;
  readonly memoryLen: number;
  readonly clampLen: number | undefined;
  readonly layout: SinusoidalLayout;

  private readonly angles: RotaryTables;

  /** @throws RangeError if an option is out of range. */
  constructor(options: TransformerXLOptions) {
    super();
    const { dModel, heads, headDim = dModel / heads, layers = 1, rng } = options;
    const { init = normal(0.02, rng), memoryLen = 0, clampLen, layout = "concat" } = options;
    const waves = wavesOf(dModel, { layout });
    for (const [name, count] of Object.entries({ heads, headDim, layers })) checkCount(name, count);
    checkCount("memoryLen", memoryLen, 0);
    if (clampLen !== undefined) checkCount("clampLen", clampLen, 0);
    this.dModel = dModel;
    this.heads = heads;
    this.headDim = headDim;
    this.shared = options.shared ?? true;
    this.memoryLen = memoryLen;
    this.clampLen = clampLen;
    this.layout = layout;
    const sines = waves.filter(({ cosine }) => !cosine);
    this.angles = new RotaryTables({ frequencies: sines.map(({ frequency }) => frequency) });
    const biases = () => [parameter([heads, headDim], zeros), parameter([heads, headDim], zeros)];
    let [content, distance] = biases();
    this.layers = Array.from({ length: layers }, (_, layer) => {
      if (layer > 0 && !this.shared) [content, distance] = biases();
      const projection = new Linear(dModel, heads * headDim, { init, bias: false });
      return new TransformerXLLayer(projection, content!, distance!);
    });
  }

  /**
   * The last memoryLen hidden states; undefined where none are to be carried along. What is told of
   * tokens, padding and explicit positions, is not in them: whoever carries them along tells it again
   * of the memory's tokens, in the mask's keys and in span.k.ids.
   */
  get memory(): NonNullable<Positional["memory"]> | undefined {
    const len = this.memoryLen;
    if (len === 0) return undefined;
    return { len, next: (previous, hidden) => lastOf(previous, hidden, len) };
  }

  /**
   * @param scores [batch, heads, queries, keys]
   * @returns scores + scale · (u · key + (query + v) · waves of the distance)
   * @throws RangeError if there is no such layer; ShapeError if heads or their width are others, or
   *   explicit positions do not fit the span.
   */
  scores(scores: Tensor4D, { query, key, span, scale, layer }: ScoreContext): Tensor4D {
    const own = this.layers[layer];
    if (!own) throw new RangeError(`layer: expected one of ${this.layers.length}, got ${layer}`);
    const { heads, headDim } = this;
    checkShapes(
      ["query", query, `batch ${heads} queries ${headDim}`],
      ["key", key, `batch ${heads} keys ${headDim}`],
    );
    return tidy(() => {
      const asked: Tensor4D = add(query, reshape(own.distance, [1, heads, 1, headDim]));
      const byDistance = hasIds(span)
        ? this.#ofPairs(own, asked, span)
        : skew(this.#ofDistances(own, asked, distancesOf(span)));
      const wanted = reshape(own.content, [1, heads, headDim, 1]);
      const byContent = reshape(matMul(key, wanted), [-1, heads, 1, span.k.len]);
      return add(scores, mul(add(byDistance, byContent), scale));
    });
  }

  toJSON(): PositionalConfig {
    const { kind, dModel, heads, headDim, shared, memoryLen, clampLen, layout } = this;
    const clamped = clampLen === undefined ? {} : { clampLen };
    const sizes = { dModel, heads, headDim, layers: this.layers.length };
    return { kind, version: 1, ...sizes, shared, memoryLen, ...clamped, layout };
  }

  /** [batch, heads, queries, distances] */
  #ofDistances({ projection }: TransformerXLLayer, asked: Tensor4D, far: number[]): Tensor4D {
    const { dModel, heads, headDim, layout, clampLen = Number.POSITIVE_INFINITY } = this;
    const distances = far.map((distance) => Math.max(-clampLen, Math.min(clampLen, distance)));
    const waves = sinusoidalTable(distances, dModel, { layout });
    const vectors = reshape(projection.forward<Tensor>(waves), [far.length, heads, headDim]);
    return matMul(asked, transpose(vectors, [1, 0, 2]), { transposeB: true });
  }

  /** [batch, heads, queries, keys] */
  #ofPairs(own: TransformerXLLayer, asked: Tensor4D, span: Span): Tensor4D {
    const { clampLen } = this;
    const kernel = own.projection.kernel as Tensor as Tensor2D;
    const scores = waveScoresOfPairs(asked, kernel, span, this.angles, this.layout);
    if (clampLen === undefined) return scores;
    return clampPairs(scores, this.#ofDistances(own, asked, [clampLen, -clampLen]), span, clampLen);
  }
}

/** The last len rows of [batch, seq, dModel] of both, one after the other; the caller's. */
function lastOf(previous: Tensor3D | null, hidden: Tensor3D, len: number): Tensor3D {
  return tidy(() => {
    const all = previous ? concat([previous, hidden], 1) : hidden;
    const kept = Math.min(len, all.shape[1]);
    return slice(all, [0, all.shape[1] - kept, 0], [-1, kept, -1]);
  });
}

/** Projected waves of the distance, with memory; see {@link TransformerXL}. */
export function transformerXL(options: TransformerXLOptions): TransformerXL {
  return new TransformerXL(options);
}
