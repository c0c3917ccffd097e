import { Rng } from "@tx/core";
import type { Training } from "./train";
import { seedsOf } from "./trainer";

/**
 * A text that shows what the model can do by now. The same seed and weights give the same text, and
 * no stream of the training moves.
 *
 * @param write Gets the pieces as they come.
 * @returns All of it; nothing if it was stopped.
 */
export async function writeSample(
  { config, task, trainer, signal }: Pick<Training, "config" | "task" | "trainer" | "signal">,
  tokens: number,
  write: (piece: string) => void = () => {},
): Promise<string> {
  if (tokens === 0) return "";
  const { temperature, topK, seed, prompt } = config;
  const rng = new Rng(seedsOf(seed).sample);
  let text = "";
  try {
    const options = { tokens, temperature, topK, rng, signal };
    for await (const piece of task.sample(trainer.model, prompt, options)) {
      text += piece;
      write(piece);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
    return "";
  }
  return signal.aborted ? "" : text;
}
