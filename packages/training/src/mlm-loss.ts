import { type Scalar, type Tensor2D, type Tensor3D, tidy } from "@tensorflow/tfjs-core";
import { checkShapes } from "@tx/core";
import { type CrossEntropyOptions, softmaxCrossEntropy } from "@tx/ops";

/**
 * Masked language modelling: mean cross-entropy of the tokens that were hidden, in nats a token.
 *
 * @param forward Gives logits [batch, seq, vocab] for ids [batch, seq], such as an encoder's.
 * @param ids int32 [batch, seq]: the text with some of its tokens replaced.
 * @param labels int32 [batch, seq]: the token that was there where one is asked for, elsewhere
 *   ignoreIndex (default −100). If none is asked for, the mean is 0.
 * @returns A scalar.
 * @throws ShapeError if ids is not of rank 2 or labels of another shape.
 * @see Devlin et al. 2019, BERT, §3.1 (task 1), https://arxiv.org/abs/1810.04805
 */
export function mlmLoss(
  forward: (ids: Tensor2D) => Tensor3D,
  ids: Tensor2D,
  labels: Tensor2D,
  options: CrossEntropyOptions & { reduction?: "mean" | "sum" } = {},
): Scalar {
  checkShapes(["ids", ids, "batch seq"], ["labels", labels, "batch seq"]);
  return tidy(() => softmaxCrossEntropy<Scalar>(forward(ids), labels, options));
}
