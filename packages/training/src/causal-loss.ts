import { type Scalar, slice, type Tensor2D, type Tensor3D, tidy } from "@tensorflow/tfjs-core";
import { checkShapes } from "@tx/core";
import { type CrossEntropyOptions, softmaxCrossEntropy } from "@tx/ops";

/**
 * Mean cross-entropy of each next token, in nats a token.
 *
 * @param forward Gives logits [batch, seq, vocab] for ids [batch, seq], such as a model's forward.
 * @param tokens int32 [batch, seq + 1]: the model reads all but the last and is asked for all but
 *   the first.
 * @returns A scalar.
 * @throws ShapeError if tokens is not of rank 2; RangeError if it has fewer than two columns.
 */
export function causalLoss(
  forward: (ids: Tensor2D) => Tensor3D,
  tokens: Tensor2D,
  options: CrossEntropyOptions & { reduction?: "mean" | "sum" } = {},
): Scalar {
  const { batch, length } = checkShapes(["tokens", tokens, "batch length"]);
  if (length < 2) throw new RangeError(`tokens: expected two columns or more, got ${length}`);
  return tidy(() => {
    const inputs = slice(tokens, [0, 0], [batch, length - 1]);
    const targets = slice(tokens, [0, 1], [batch, length - 1]);
    return softmaxCrossEntropy<Scalar>(forward(inputs), targets, options);
  });
}
