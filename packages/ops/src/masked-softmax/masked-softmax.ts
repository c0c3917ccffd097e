import { type Tensor4D, tidy } from "@tensorflow/tfjs-core";
import { checkMask, type Mask } from "../attention/mask";
import { checkShapes } from "../shapes";
import { withGradient } from "../with-gradient";
import { maskedSoftmaxReference, scoreSizesOf, softmaxGradReference } from "./reference";

export interface MaskedSoftmaxOptions {
  /** Which keys each query may attend to. Default: all. */
  mask?: Mask | undefined;
}

/**
 * Softmax of scores over the keys that the mask allows: the weights of attention whose scores are
 * not a dot product. What a forbidden score says, infinity too, is no matter; a query that may see
 * nothing gets zeros and gives no gradient.
 *
 * Stock operations on every backend: scores that somebody else has made exist as a matrix anyway.
 *
 * @param scores [batch, heads, queries, keys]
 * @returns [batch, heads, queries, keys]; a row sums to 1, or to 0 where a query may see nothing.
 * @throws ShapeError if the scores are not of four axes or a tensor of the mask does not fit them;
 *   RangeError for a mask's dtype or number out of range.
 * @see Vaswani et al. 2017, Attention Is All You Need, §3.2.3, https://arxiv.org/abs/1706.03762
 */
export function maskedSoftmax(
  scores: Tensor4D,
  { mask = {} }: MaskedSoftmaxOptions = {},
): Tensor4D {
  checkShapes(["scores", scores, "batch heads queries keys"]);
  checkMask(mask, scoreSizesOf(scores));
  return tidy(() =>
    withGradient({ scores }, () => {
      const weights = maskedSoftmaxReference(scores, mask);
      return [weights, { weights }, ({ dy, weights }) => softmaxGradReference(dy, weights)];
    }),
  );
}
