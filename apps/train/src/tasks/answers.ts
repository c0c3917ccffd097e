import { Rng } from "@tx/core";
import { generateBatch } from "@tx/model";
import type { Model } from "../parts/build-model";
import { eventLoopTurn } from "../training/event-loop-turn";

interface AnswerOptions {
  readonly maxNewTokens: number;
  readonly endToken: number;
  readonly stopped: () => boolean;
}

/** Prompts that are answered at once. */
const AT_ONCE = 64;

/**
 * The likeliest answers to prompts, without the end. Prompts of one length are answered together, so
 * that no strategy has to know of padding.
 *
 * @returns In the order of the prompts; null once it was stopped.
 */
export async function answers(
  model: Model,
  prompts: readonly (readonly number[])[],
  { maxNewTokens, endToken, stopped }: AnswerOptions,
): Promise<number[][] | null> {
  const byLength = new Map<number, number[]>();
  for (const [n, { length }] of prompts.entries()) {
    byLength.set(length, [...(byLength.get(length) ?? []), n]);
  }
  const found: number[][] = [];
  for (const [length, all] of byLength) {
    for (let at = 0; at < all.length; at += AT_ONCE) {
      if (stopped()) return null;
      const numbers = all.slice(at, at + AT_ONCE);
      const texts = await generateBatch(
        model,
        numbers.map((n) => prompts[n]!),
        {
          ...{ maxNewTokens, endToken, temperature: 0, rng: new Rng(1) },
          contextLength: Math.min(model.maxLen, length + maxNewTokens),
        },
      );
      for (const [row, text] of texts.entries()) {
        found[numbers[row]!] = text.at(-1) === endToken ? text.slice(0, -1) : text;
      }
      await eventLoopTurn();
    }
  }
  return found;
}
