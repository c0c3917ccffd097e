import { Rng } from "@tx/core";
import { generate, gpt } from "@tx/model";
import type { BenchConfig } from "./configs";

/** Generation of one sequence with a cache by a GPT on the active backend. */
export interface GenerationWork {
  /** Tokens that one run makes: what fits the model after a prompt of one. */
  readonly tokens: number;
  /** @returns Milliseconds of one run. */
  once(): Promise<number>;
  dispose(): void;
}

export function startGeneration({
  vocabSize,
  length,
  layers,
  heads,
  dModel,
}: BenchConfig): GenerationWork {
  const rng = new Rng(1);
  const model = gpt({ vocabSize, maxLen: length, layers, heads, dModel, bias: false, rng });
  const tokens = length - 1;
  const once = async () => {
    const started = performance.now();
    await generate(model, [rng.integer(vocabSize)], { maxNewTokens: tokens, rng });
    return performance.now() - started;
  };
  return { tokens, once, dispose: () => model.dispose() };
}
