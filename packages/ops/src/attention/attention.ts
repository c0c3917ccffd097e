import { type Tensor, type Tensor4D, tidy } from "@tensorflow/tfjs-core";
import { checkDropout } from "../dropout/dropout";
import { withGradient } from "../with-gradient";
import { type AttentionLayout, settled } from "./call";
import { chunked, wantsChunks } from "./chunked";
import { composed } from "./composed";
import { fused } from "./fused";
import { attendAlone } from "./kernel-call";
import type { Mask } from "./mask";

export interface AttentionOptions {
  /** Which keys each query may attend to. Default: all. */
  mask?: Mask | undefined;
  /** Added to the scaled scores; broadcastable to [batch, heads, queries, keys]; has a gradient. */
  bias?: Tensor | undefined;
  /** Multiplies the scores. Default 1 / √headDim. */
  scale?: number | undefined;
  /** Dropout on the weights: share in [0, 1) and a whole number as seed. Default: none. */
  dropout?: { rate: number; seed: number } | undefined;
  /**
   * How query, key, value and output lie. "bhsd": [batch, heads, queries, headDim] and so on;
   * "bshd": [batch, queries, heads, headDim], which a reshape makes of [batch, queries, dModel].
   * Default "bhsd".
   */
  layout?: AttentionLayout | undefined;
  /**
   * How many rows of key and value there are to see, from the first on, where they are buffers with
   * room: everything that says "keys" means so many. Default: all.
   */
  keyCount?: number | undefined;
  /**
   * Where no engine has a kernel that never forms the matrix of scores: from how many bytes of it on
   * scores are computed for some queries after others, a quarter of so many bytes at a time, and again
   * for the gradient instead of being kept. Default 2²⁶, 64 MB. The work at hand takes some six times
   * the memory of its scores.
   */
  scoreBytes?: number | undefined;
}

/**
 * softmax(scale · query · keyᵀ + bias) · value in each head, over the keys that the mask allows.
 * A query that may see nothing gets zeros and gives no gradient.
 *
 * Query head h reads key head ⌊h · kvHeads / heads⌋, so fewer key heads give grouped (one:
 * multi-query) attention.
 *
 * Kernel contract: `TxAttention` {query, key, value, bias?, maskKeys?, maskDense?,
 * maskQueryDocuments?, maskKeyDocuments?} {layout, keyCount?, scale, causal, windowBefore?,
 * windowAfter?, prefix?, dropoutRate, dropoutSeed} → [output, logSumExp [2, batch, heads, queries]];
 * `TxAttentionGrad` the same and {output, logSumExp, dy}, but never a keyCount, → [dQuery, dKey,
 * dValue, dBias?]. Mask fields are those of {@link Mask}; what is not given is absent. The layout is
 * that of query, key, value, output and of their gradients; all else lies the same in both. logSumExp
 * is of the scores that the query may see, in two parts whose sum it is: the highest score, +∞ where
 * it sees none, then the rest; one float32 would lose the weights' digits where scores are large.
 * Dropout multiplies weight [b, h, i, j] by entry ((b · heads + h) · queries + i) · keys + j of
 * dropoutScales(…, dropoutRate, dropoutSeed). dBias has the shape of bias. Nothing in the signature
 * asks for the score matrix.
 *
 * @param query [batch, heads, queries, headDim]
 * @param key [batch, kvHeads, keys, headDim], kvHeads a divisor of heads
 * @param value [batch, kvHeads, keys, valueDim]
 * @returns [batch, heads, queries, valueDim]; in the layout "bshd", as the arguments are then,
 *   [batch, queries, heads, valueDim].
 * @throws ShapeError if sizes that are shared differ; RangeError for an option out of range.
 * @see Vaswani et al. 2017, Attention Is All You Need, §3.2.1, https://arxiv.org/abs/1706.03762
 * @see Ainslie et al. 2023, GQA, §2.2, https://arxiv.org/abs/2305.13245
 */
export function attention(
  query: Tensor4D,
  key: Tensor4D,
  value: Tensor4D,
  options: AttentionOptions = {},
): Tensor4D {
  const { sizes, settings } = settled(query, key, value, options);
  if (options.dropout) checkDropout(options.dropout.rate, options.dropout.seed);
  const operands = { query, key, value, bias: options.bias };
  const alone = attendAlone(operands, settings);
  if (alone) return alone as Tensor4D;
  const withoutKernel = wantsChunks(sizes, settings.scoreBytes) ? chunked : composed;
  return tidy(() => withGradient(operands, () => fused(withoutKernel)(operands, settings)));
}
