import { slice, type Tensor3D, tensor2d, tidy } from "@tensorflow/tfjs-core";
import type { KeyValueCache } from "@tx/attention";
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
  // Only tokens that will be read take room: a model's own end may be far, or nowhere.
  const held = Math.min(contextLength, prompt.length + maxNewTokens);
  const caches = model.newCaches(1, held);
  try {
    for (let made = 0; made < maxNewTokens; made++) {
      const logits = await nextLogits(model, ids, contextLength, caches);
      const id = sample(logits, { temperature, ...(topK === undefined ? {} : { topK }), rng });
      ids.push(id);
      onToken?.(id);
    }
  } finally {
    for (const cache of caches) cache.dispose();
  }
  return ids.slice(prompt.length);
}

/**
 * Logits of the token after ids. Past the context every token's position changes with each new
 * one, so that nothing remembered holds: the context is then read anew.
 */
async function nextLogits(
  model: CausalLanguageModel,
  ids: readonly number[],
  contextLength: number,
  caches: readonly KeyValueCache[],
): Promise<Float32Array> {
  const fits = ids.length <= contextLength;
  const read = fits ? ids.slice(caches[0]?.length) : ids.slice(-contextLength);
  const last = tidy(() => {
    const tokens = tensor2d(Int32Array.from(read), [1, read.length], "int32");
    const logits: Tensor3D = model.forward(tokens, fits ? caches : undefined);
    return read.length === 1 ? logits : slice(logits, [0, read.length - 1, 0], [1, 1, -1]);
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
