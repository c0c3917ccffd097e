import {
  add,
  mul,
  slice,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
  tidy,
  type Variable,
} from "@tensorflow/tfjs-core";
import {
  checkCount,
  checkShapes,
  Dropout,
  Embedding,
  type Initializer,
  Module,
  type Positional,
  parameter,
  type Rng,
  type Span,
  xavierUniform,
} from "@tx/core";
import { embeddingLookup } from "@tx/ops";
import type { Norm } from "./residual";

export interface EmbeddingsOptions {
  /** Number of tokens there are. */
  vocabSize: number;
  /** Width of the residual stream. */
  dModel: number;
  /** Whether tokens are multiplied by √dModel, as in the paper. Default false. */
  scaled?: boolean | undefined;
  /** Sorts of segment, each with a vector of its own, as BERT's two sentences. Default 0: none. */
  segments?: number | undefined;
  /** Makes a norm of the sum. Default: none. */
  norm?: (() => Norm) | undefined;
  /** On the sum, in [0, 1). Default 0. */
  dropout?: number | undefined;
  /** First values of the tables. Default: Xavier. */
  init?: Initializer | undefined;
  /** Source of first values and dropout. */
  rng: Rng;
}

export interface EmbedOptions {
  /** Strategy whose embed adds positions. */
  positional?: Positional | undefined;
  /** Where the tokens sit; needed with a strategy that embeds. */
  span?: Span | undefined;
  /** int32 [batch, seq]: the sort of each token's segment. Default: all 0. */
  segments?: Tensor2D | undefined;
}

/**
 * What a model reads: a vector for each token, its segment and its position, added up.
 *
 * Its table may be the output's too, see TiedHead: parameters() then lists it once, here.
 *
 * @see Vaswani et al. 2017, §3.4, https://arxiv.org/abs/1706.03762 (scaled)
 * @see Devlin et al. 2019, BERT, §3, https://arxiv.org/abs/1810.04805 (segments, norm)
 */
export class Embeddings extends Module {
  /** [vocab, dModel] */
  readonly table: Variable;
  /** Its table is [segments, dModel]. */
  readonly segments: Embedding | undefined;
  readonly norm: Norm | undefined;
  readonly dropout: Dropout;
  readonly scaled: boolean;

  /** @throws RangeError if a size or the dropout makes no sense; what `norm` throws. */
  constructor({ vocabSize, dModel, segments = 0, norm, ...options }: EmbeddingsOptions) {
    super();
    const { rng, init = xavierUniform(rng), dropout = 0, scaled = false } = options;
    checkCount("vocabSize", vocabSize);
    checkCount("dModel", dModel);
    checkCount("segments", segments, 0);
    this.scaled = scaled;
    this.dropout = new Dropout(dropout, rng);
    this.norm = norm?.();
    this.table = parameter([vocabSize, dModel], init);
    this.segments = segments > 0 ? new Embedding(segments, dModel, { init }) : undefined;
  }

  get vocabSize(): number {
    return this.table.shape[0]!;
  }

  get dModel(): number {
    return this.table.shape[1]!;
  }

  /**
   * @param ids int32 [batch, seq], each in [0, vocab).
   * @returns [batch, seq, dModel]
   * @throws ShapeError if ids or segments do not fit; RangeError if one is not int32, segments are
   *   given where there are none, or a strategy that embeds lacks a span.
   */
  forward(ids: Tensor2D, { positional, span, segments }: EmbedOptions = {}): Tensor3D {
    const { batch, seq } = checkShapes(["ids", ids, "batch seq"]);
    if (segments) {
      if (!this.segments) throw new RangeError("segments: expected none, got some");
      checkShapes(["segments", segments, `${batch} ${seq}`]);
    }
    if (positional?.embed && !span) throw new RangeError("span: expected one to embed, got none");
    return tidy(() => {
      const tokens: Tensor3D = embeddingLookup(this.table as Tensor as Tensor2D, ids);
      let sum: Tensor3D = this.scaled ? mul(tokens, Math.sqrt(this.dModel)) : tokens;
      if (this.segments) sum = add(sum, vectorsOf(this.segments, segments));
      if (positional?.embed) sum = positional.embed(sum, span!);
      return this.dropout.forward(this.norm ? this.norm.forward(sum) : sum);
    });
  }
}

/** [batch, seq, dModel], or [1, dModel] where all tokens are of the first sort. */
function vectorsOf(embedding: Embedding, segments: Tensor2D | undefined): Tensor {
  return segments ? embedding.forward(segments) : slice(embedding.table, [0, 0], [1, -1]);
}
