import { add, slice, type Tensor, type Tensor4D, tidy } from "@tensorflow/tfjs-core";
import {
  checkShapes,
  type Mask,
  type Positional,
  type ScoreContext,
  ShapeError,
  type Span,
  spanOf,
} from "@tx/core";
import {
  type AttentionLayout,
  attention,
  checkBroadcast,
  type DropoutOptions,
  dropout,
  maskedSoftmax,
  matMul,
} from "@tx/ops";
import { repeatHeads, swapHeads } from "./heads";
import { scaledDotProduct } from "./scaled-dot-product";
import { dotScaleOf, type ScoreFunction, scoresOf } from "./score-function";

export interface AttendHeadsOptions {
  /** Which keys each query may attend to. Default: all. */
  mask?: Mask | undefined;
  /** How queries and keys are compared. Default {@link scaledDotProduct}. */
  score?: ScoreFunction | undefined;
  /** Strategy whose rotate, bias, scores and values are applied. */
  positional?: Positional | undefined;
  /** Where queries and keys sit. Default: both start at 0, the queries at the keys' end. */
  span?: Span | undefined;
  /** Number of the layer, for strategies that differ by layer. Default 0. */
  layer?: number | undefined;
  /** Dropout on the weights. Default: none. */
  dropout?: DropoutOptions | undefined;
  /**
   * How query, key, value and output lie: "bhsd" as below, or "bshd" with seq before heads, which a
   * reshape makes of [batch, seq, dModel]. Default "bhsd".
   */
  layout?: AttentionLayout | undefined;
}

export interface AttendHeadsResult {
  /** [batch, heads, queries, valueDim] */
  output: Tensor4D;
  /** [batch, heads, queries, keys], before dropout. */
  weights: Tensor4D;
}

/**
 * Attention on heads that are there already, as a pure function: scores, positions, mask, softmax,
 * dropout and the mix of the values. What {@link MultiHeadAttention} does between its projections.
 *
 * A scaled dot product with a strategy that at most rotates and biases runs as the fused operation
 * and forms no score matrix; any other score function, and the hooks scores and values, form it.
 *
 * @param query [batch, heads, queries, headDim]
 * @param key [batch, kvHeads, keys, headDim], kvHeads a divisor of heads; a score function may allow
 *   another width.
 * @param value [batch, kvHeads, keys, valueDim]
 * @returns [batch, heads, queries, valueDim]; zeros for a query that may see nothing. With
 *   returnWeights also the weights.
 * @throws ShapeError if sizes that are shared differ; RangeError if the span has other lengths than
 *   the tensors, or the strategy and the score function do not go together.
 */
export function attendHeads(
  query: Tensor4D,
  key: Tensor4D,
  value: Tensor4D,
  options?: AttendHeadsOptions & { returnWeights?: false },
): Tensor4D;
export function attendHeads(
  query: Tensor4D,
  key: Tensor4D,
  value: Tensor4D,
  options: AttendHeadsOptions & { returnWeights: true },
): AttendHeadsResult;
export function attendHeads(
  query: Tensor4D,
  key: Tensor4D,
  value: Tensor4D,
  options: AttendHeadsOptions & { returnWeights?: boolean } = {},
): Tensor4D | AttendHeadsResult {
  const { layer = 0, score = scaledDotProduct(), layout = "bhsd", returnWeights = false } = options;
  const sizes = checkHeads(query, key, value, layout);
  const { span = spanOf(sizes.queries, sizes.keys), mask, dropout } = options;
  const positional = options.positional?.forLayer?.(layer) ?? options.positional;
  checkSpan(span, sizes.queries, sizes.keys);
  checkComposes(positional, score);
  return tidy(() => {
    const q = rotated(query, "q", span, positional, layout);
    const k = rotated(key, "k", span, positional, layout);
    const call = { mask, score, positional, span, layer, dropout, layout };
    const { output, weights } = mixHeads(q, k, value, call, returnWeights);
    return returnWeights ? { output, weights: weights! } : output;
  });
}

/** One call, everything settled. */
export interface HeadsCall {
  readonly mask: Mask | undefined;
  readonly score: ScoreFunction;
  /** As the layer has it. */
  readonly positional: Positional | undefined;
  readonly span: Span;
  readonly layer: number;
  readonly dropout: DropoutOptions | undefined;
  readonly layout: AttentionLayout;
  /** How many rows of key and value there are to see. Default: all. */
  readonly keyCount?: number | undefined;
}

/** Queries or keys as the strategy marks them, in the layout that they have. */
export function rotated(
  x: Tensor4D,
  side: "q" | "k",
  span: Span,
  positional: Positional | undefined,
  layout: AttentionLayout,
): Tensor4D {
  if (!positional?.rotate) return x;
  if (layout === "bhsd") return positional.rotate(x, side, span);
  return swapHeads(positional.rotate(swapHeads(x), side, span));
}

/**
 * Attention on queries and keys that have been rotated; runs in a tidy.
 *
 * @returns With the weights, where they are asked for or had to be made anyway.
 */
export function mixHeads(
  query: Tensor4D,
  key: Tensor4D,
  value: Tensor4D,
  call: HeadsCall,
  returnWeights: boolean,
): { output: Tensor4D; weights: Tensor4D | undefined } {
  const { mask, score, positional, span, layer, dropout, layout, keyCount } = call;
  const scale = dotScaleOf(score, query.shape[3]);
  const heads = query.shape[layout === "bhsd" ? 1 : 2]!;
  const bias = positional?.bias?.(heads, span, layer);
  const fused = scale !== undefined && !positional?.scores && !positional?.values;
  const options = { mask, bias, scale, dropout, layout, keyCount };
  const output = fused ? attention(query, key, value, options) : undefined;
  if (output && !returnWeights) return { output, weights: undefined };
  return mixByScores(query, key, value, bias, call, output);
}

/**
 * The same with a score matrix, for what needs one.
 *
 * @param output Where only the weights are wanted: looking at them is to change nothing.
 */
function mixByScores(
  givenQuery: Tensor4D,
  givenKey: Tensor4D,
  givenValue: Tensor4D,
  bias: Tensor | undefined,
  { mask = {}, score, positional, span, layer, dropout: drop, layout, keyCount }: HeadsCall,
  output: Tensor4D | undefined,
): AttendHeadsResult {
  const turned = (x: Tensor4D) => (layout === "bhsd" ? x : swapHeads(x));
  const query = turned(givenQuery);
  const [batch, heads, queries, headDim] = query.shape;
  const [key, value] = [givenKey, givenValue].map((given) => {
    const all = turned(given);
    const seen = keyCount === undefined ? all : slice(all, [0, 0, 0, 0], [-1, -1, keyCount, -1]);
    return repeatHeads(seen, heads);
  }) as [Tensor4D, Tensor4D];
  const keys = key.shape[2];
  const shape = [batch, heads, queries, keys];
  const scale = dotScaleOf(score, headDim) ?? Number.NaN;
  const context: ScoreContext = { query, key, scale, mask, span, layer };
  let scores = scoresOf(score, query, key);
  checkShapes(["scores", scores, shape.join(" ")]);
  if (bias) {
    checkBroadcast("bias", bias, { batch, heads, queries, keys });
    scores = add(scores, bias);
  }
  if (positional?.scores) {
    scores = positional.scores(scores, context);
    checkShapes(["positional.scores", scores, shape.join(" ")]);
  }
  const weights = maskedSoftmax(scores, { mask });
  if (output) return { output, weights };
  const dropped = drop ? dropout(weights, drop) : weights;
  const mixed: Tensor4D = matMul(dropped, value);
  return { output: turned(positional?.values?.(mixed, dropped, context) ?? mixed), weights };
}

function checkHeads(
  query: Tensor4D,
  key: Tensor4D,
  value: Tensor4D,
  layout: AttentionLayout,
): { queries: number; keys: number } {
  if (layout !== "bhsd" && layout !== "bshd") {
    throw new RangeError(`layout: expected "bhsd" or "bshd", got "${layout}"`);
  }
  const [own, shared] =
    layout === "bhsd" ? ["heads queries", "kvHeads keys"] : ["queries heads", "keys kvHeads"];
  const { heads, kvHeads, queries, keys } = checkShapes(
    ["query", query, `batch ${own} queryDim`],
    ["key", key, `batch ${shared} keyDim`],
    ["value", value, `batch ${shared} valueDim`],
  ) as Record<"heads" | "kvHeads" | "queries" | "keys", number>;
  if (heads % kvHeads !== 0) {
    throw new ShapeError(
      `key: expected a number of heads that divides the query's ${heads}, got ${kvHeads}`,
    );
  }
  return { queries, keys };
}

/** @throws RangeError if the span speaks of other numbers of queries or keys than there are. */
export function checkSpan({ q, k }: Span, queries: number, keys: number): void {
  if (q.len !== queries || k.len !== keys) {
    throw new RangeError(
      `span: expected ${queries} queries and ${keys} keys, got ${q.len} and ${k.len}`,
    );
  }
}

/**
 * Strategies that change scores add terms of the scaled dot product (Shaw's is scale · query · a):
 * beside another score function they would be something that no paper means.
 *
 * @throws RangeError if the strategy changes scores that are no scaled dot product.
 */
export function checkComposes(positional: Positional | undefined, score: ScoreFunction): void {
  if (positional?.scores && (typeof score === "function" || !score.dotScale)) {
    throw new RangeError(
      `positional: expected a strategy without scores beside a score function that is no scaled dot product, got ${positional.kind}`,
    );
  }
}
