import { Rng } from "@tx/core";
import { generateBatch, type NextTokenModel } from "@tx/model";
import { eventLoopTurn } from "../training/event-loop-turn";

interface AnswerOptions {
  readonly maxNewTokens: number;
  readonly endToken: number;
  readonly stopped: () => boolean;
}

/** A model that has read sources of one length, and what their answers begin with. */
interface Begun {
  readonly model: NextTokenModel;
  readonly prompts: readonly (readonly number[])[];
  /** Frees what was read, not the model. */
  dispose(): void;
}

/** Sources that are answered at once. */
const AT_ONCE = 64;

/**
 * The likeliest answers to sources, without the end. Sources of one length are answered together, so
 * that no strategy has to know of padding.
 *
 * @param begin Gets sources of one length.
 * @returns In the order of the sources; null once it was stopped.
 */
export async function answers(
  begin: (sources: readonly number[][]) => Begun,
  sources: readonly Int32Array[],
  { maxNewTokens, endToken, stopped }: AnswerOptions,
): Promise<number[][] | null> {
  const byLength = new Map<number, number[]>();
  for (const [n, { length }] of sources.entries()) {
    byLength.set(length, [...(byLength.get(length) ?? []), n]);
  }
  const found: number[][] = [];
  for (const all of byLength.values()) {
    for (let at = 0; at < all.length; at += AT_ONCE) {
      if (stopped()) return null;
      const numbers = all.slice(at, at + AT_ONCE);
      const begun = begin(numbers.map((n) => [...sources[n]!]));
      try {
        const { model, prompts } = begun;
        const texts = await generateBatch(model, prompts, {
          ...{ maxNewTokens, endToken, temperature: 0, rng: new Rng(1) },
          contextLength: Math.min(model.maxLen, prompts[0]!.length + maxNewTokens),
        });
        for (const [row, text] of texts.entries()) {
          found[numbers[row]!] = text.at(-1) === endToken ? text.slice(0, -1) : text;
        }
      } finally {
        begun.dispose();
      }
      await eventLoopTurn();
    }
  }
  return found;
}
