import type { Tensor, Tensor2D, Tensor3D, Tensor4D } from "@tensorflow/tfjs-core";
import type { Mask } from "@tx/ops";

/** Where one side of a call sits in the stream. */
export interface Side {
  /** Position of the first row. */
  readonly start: number;
  /** Number of rows. */
  readonly len: number;
  /** int32 [batch, len]: explicit positions, for packed documents or left padding. */
  readonly ids?: Tensor2D | undefined;
}

/** Where the query rows and key columns of one call sit; k.start < q.start behind a cache. */
export interface Span {
  readonly q: Side;
  readonly k: Side;
}

/** The span of a call whose queries are the last of its keys. */
export function spanOf(queries: number, keys = queries, start = 0): Span {
  return { q: { start: start + keys - queries, len: queries }, k: { start, len: keys } };
}

/** What a strategy that works on scores may look at. */
export interface ScoreContext {
  /** [batch, heads, queries, headDim] */
  readonly query: Tensor4D;
  /** [batch, heads, keys, headDim] */
  readonly key: Tensor4D;
  /** What the scores were multiplied by; NaN where they are no scaled dot product. */
  readonly scale: number;
  readonly mask: Mask;
  readonly span: Span;
  readonly layer: number;
}

/** A strategy as plain JSON: which one, in which version of its options. */
export interface PositionalConfig {
  readonly kind: string;
  readonly version: number;
  readonly [option: string]: unknown;
}

/**
 * How a model knows the order of its tokens: one contract for every strategy. Attention asks only
 * which hooks are there. embed, rotate and bias keep the fused kernel; scores and values make the
 * score matrix exist.
 */
export interface Positional {
  /** Which strategy; also the tag in a config. */
  readonly kind: string;
  /** Set: positions from here on throw. Unset: any length. */
  readonly maxLen?: number;
  /** A claim, tested: depends on differences of positions only. */
  readonly relative?: boolean;
  /**
   * Set: the scores hook makes more of the scores than a sum with them, so that what others add must
   * be there already. Such a strategy is the last of several, and the only one of its sort.
   */
  readonly readsScores?: boolean;
  /** What a cache keeps. */
  readonly cacheKeys?: "rotated" | "raw";
  /** Adds positions to embeddings [batch, queries, dModel]. */
  embed?(x: Tensor3D, span: Span): Tensor3D;
  /** Marks queries or keys [batch, heads, len, headDim] by their position. */
  rotate?(t: Tensor4D, side: "q" | "k", span: Span): Tensor4D;
  /** Added to the scores; broadcastable to [batch, heads, queries, keys]. */
  bias?(heads: number, span: Span, layer: number): Tensor;
  /** Changes the scores [batch, heads, queries, keys]. */
  scores?(scores: Tensor4D, context: ScoreContext): Tensor4D;
  /** Changes the output [batch, heads, queries, headDim] by the weights. */
  values?(output: Tensor4D, weights: Tensor4D, context: ScoreContext): Tensor4D;
  /** Hidden states carried from one segment to the next. */
  readonly memory?:
    | {
        readonly len: number;
        next(previous: Tensor3D | null, hidden: Tensor3D): Tensor3D;
      }
    | undefined;
  /** The strategy as one layer has it: with weights of its own, or shared. */
  forLayer?(layer: number): Positional;
  toJSON(): PositionalConfig;
}
