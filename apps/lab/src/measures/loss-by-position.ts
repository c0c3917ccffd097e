import { mean as meanOf, slice, type Tensor1D, type Tensor2D, tidy } from "@tensorflow/tfjs-core";
import type { CausalLanguageModel } from "@tx/model";
import { softmaxCrossEntropy } from "@tx/ops";

/**
 * The loss of each place, a mean over the rows, in nats.
 *
 * @param tokens int32 [rows, length + 1]
 */
export async function lossByPosition(
  model: Pick<CausalLanguageModel, "forward">,
  tokens: Tensor2D,
): Promise<number[]> {
  const [rows, length] = [tokens.shape[0], tokens.shape[1] - 1];
  const losses = tidy(() => {
    const logits = model.forward(slice(tokens, [0, 0], [rows, length]));
    const targets = slice(tokens, [0, 1], [rows, length]);
    const each: Tensor2D = softmaxCrossEntropy(logits, targets, { reduction: "none" });
    return meanOf<Tensor1D>(each, 0);
  });
  try {
    return [...(await losses.data())];
  } finally {
    losses.dispose();
  }
}
