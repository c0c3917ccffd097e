import { generateStream } from "@tx/model";
import { decoderModel, type Model } from "../parts/build-model";
import { GrowingText } from "../tokens/growing-text";
import type { Vocabulary } from "../tokens/vocabulary";
import type { WritingOptions } from "./task";

/**
 * What the model goes on with after a prompt, piece by piece. The same stream and weights give the
 * same text.
 *
 * @param contextLength most tokens that the model looks back on
 */
export async function* writeText(
  model: Model,
  vocabulary: Vocabulary,
  prompt: Int32Array,
  {
    tokens,
    temperature,
    topK,
    rng,
    signal,
    contextLength,
  }: WritingOptions & { contextLength: number },
): AsyncGenerator<string> {
  const text = new GrowingText(vocabulary);
  const ids = generateStream(decoderModel(model), [...prompt], {
    ...{ maxNewTokens: tokens, contextLength, temperature, rng, signal },
    ...(topK === null ? {} : { topK: Math.min(topK, vocabulary.vocabSize) }),
  });
  for await (const id of ids) yield text.push(id);
  yield text.end();
}
