import { slice, type Tensor3D, tensor2d, tidy } from "@tensorflow/tfjs-core";
import { checkCount, type Rng } from "@tx/core";
import type { CausalLanguageModel } from "./causal-language-model";
import { sample } from "./sample";

export interface GenerateOptions {
  /** Tokens to add to the prompt. */
  maxNewTokens: number;
  /** Flattens (above 1) or sharpens (below 1) the choice; 0 always takes the likeliest. Default 1. */
  temperature?: number;
  /** Chooses among that many of the likeliest tokens only. Default: all. */
  topK?: number;
  /** Longest context to read, in tokens. Default the model's maxLen; required where that is infinite. */
  contextLength?: number;
  /** Source of the choices. */
  rng: Rng;
  /** Called with each new token as it is chosen. */
  onToken?: (id: number) => void;
}

/**
 * Goes on from a prompt, one token at a time. Once the text is longer than the context, the model
 * reads its last contextLength tokens.
 *
 * Choices are made on the host, so that they are the same for a seed on every backend.
 *
 * @param prompt Token ids, at least one.
 * @returns The new ids.
 * @throws RangeError if the prompt is empty or has a token that the model does not know, or an
 *   option is out of range.
 */
export async function generate(
  model: CausalLanguageModel,
  prompt: readonly number[],
  options: GenerateOptions,
): Promise<number[]> {
  const { maxNewTokens, temperature = 1, topK, rng, onToken } = options;
  const { contextLength = model.maxLen } = options;
  checkCount("maxNewTokens", maxNewTokens, 0);
  checkCount("contextLength", contextLength);
  if (contextLength > model.maxLen) {
    throw new RangeError(`contextLength: expected at most ${model.maxLen}, got ${contextLength}`);
  }
  checkPrompt(prompt, model.embedding.table.shape[0]!);
  const ids = [...prompt];
  for (let made = 0; made < maxNewTokens; made++) {
    const logits = await lastLogits(model, ids.slice(-contextLength));
    const id = sample(logits, { temperature, ...(topK === undefined ? {} : { topK }), rng });
    ids.push(id);
    onToken?.(id);
  }
  return ids.slice(prompt.length);
}

async function lastLogits(model: CausalLanguageModel, ids: number[]): Promise<Float32Array> {
  const last = tidy(() => {
    const logits: Tensor3D = model.forward(tensor2d(ids, [1, ids.length], "int32"));
    return slice(logits, [0, ids.length - 1, 0], [1, 1, -1]);
  });
  try {
    return (await last.data()) as Float32Array;
  } finally {
    last.dispose();
  }
}

function checkPrompt(prompt: readonly number[], vocabSize: number): void {
  if (prompt.length === 0) throw new RangeError("prompt: expected at least one token, got none");
  for (const id of prompt) {
    if (!(Number.isInteger(id) && id >= 0 && id < vocabSize)) {
      throw new RangeError(`prompt: expected whole numbers in [0, ${vocabSize}), got ${id}`);
    }
  }
}
