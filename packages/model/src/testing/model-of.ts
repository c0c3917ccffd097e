import { tensor2d } from "@tensorflow/tfjs-core";
import { Rng } from "@tx/core";
import type { CausalLanguageModel } from "../causal-language-model";
import { type GptOptions, gpt } from "../gpt";

/** A small GPT of large first weights, so that tokens differ. */
export function modelOf(options: Partial<GptOptions> = {}): CausalLanguageModel {
  const rng = new Rng(4);
  const sizes = { vocabSize: 11, maxLen: 6, layers: 1, heads: 2, dModel: 8 };
  const model = gpt({ ...sizes, tied: false, rng, ...options });
  for (const parameter of model.parameters().values()) {
    if (parameter.rank < 2) continue;
    const numbers = Array.from({ length: parameter.size }, () => 3 * rng.uniform() - 1.5);
    parameter.assign(tensor2d(numbers, parameter.shape as [number, number]));
  }
  return model;
}
