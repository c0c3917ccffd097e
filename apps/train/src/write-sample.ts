import { Rng } from "@tx/core";
import { type CausalLanguageModel, generate } from "@tx/model";
import type { Plan } from "./prepare";
import { seedsOf } from "./trainer";
import { Wrapper } from "./wrapper";

class Stopped extends Error {}

/**
 * Writes what the model goes on with after the prompt, character by character. The same seed and weights
 * give the same text.
 *
 * @param stopped asked after every character
 */
export async function writeSample(
  model: CausalLanguageModel,
  { config, vocabulary, prompt }: Plan,
  write: (piece: string) => void,
  columns: number,
  stopped: () => boolean,
): Promise<void> {
  const { sample, temperature, topK, length, seed } = config;
  const wrapper = new Wrapper(write, Math.min(columns, 80) - 4, "    ");
  wrapper.push(config.prompt);
  const onToken = (id: number) => {
    wrapper.push(vocabulary.decode([id]));
    if (stopped()) throw new Stopped();
  };
  try {
    await generate(model, [...prompt], {
      ...{ maxNewTokens: sample, contextLength: length, temperature, onToken },
      ...(topK === null ? {} : { topK: Math.min(topK, vocabulary.vocabSize) }),
      rng: new Rng(seedsOf(seed).sample),
    });
  } catch (error) {
    if (!(error instanceof Stopped)) throw error;
  } finally {
    wrapper.end();
  }
}
