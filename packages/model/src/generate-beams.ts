import { type BeamSearchOptions, type BeamText, beamSearch, checkBeamOptions } from "./beam-search";
import { logSoftmax } from "./log-softmax";
import { checkContextLength, checkIds, type NextTokenModel } from "./next-token-model";
import { TextReader } from "./text-reader";

export interface GenerateBeamsOptions extends BeamSearchOptions {
  /** Longest context to read, in tokens. Default the model's maxLen; required where that is infinite. */
  contextLength?: number | undefined;
  /** Ends it with its reason, and leaves nothing behind. */
  signal?: AbortSignal | undefined;
}

/**
 * Goes on from a prompt by {@link beamSearch}: all beams are one batch, whose caches follow them.
 *
 * @param prompt Token ids, at least one.
 * @returns The texts found, the best first, without the prompt.
 * @throws RangeError if the prompt is empty or has a token that the model does not know, or an
 *   option is out of range; the signal's reason once it is aborted.
 */
export async function generateBeams(
  model: NextTokenModel,
  prompt: readonly number[],
  options: GenerateBeamsOptions,
): Promise<BeamText[]> {
  const { maxNewTokens, endToken, contextLength = model.maxLen, signal } = options;
  checkBeamOptions(options);
  checkContextLength(model, contextLength);
  checkIds(model, "prompt", prompt);
  if (endToken !== undefined) checkIds(model, "endToken", [endToken]);
  signal?.throwIfAborted();
  const longest = prompt.length + maxNewTokens;
  const reader = new TextReader(model, { batch: 1, contextLength, longest });
  try {
    return await beamSearch(async ({ texts, parents }) => {
      reader.reorder(parents);
      const logits = await reader.next(texts.map((ids) => [...prompt, ...ids]));
      signal?.throwIfAborted();
      const vocabSize = logits.length / texts.length;
      return texts.map((_, n) => logSoftmax(logits.subarray(n * vocabSize, (n + 1) * vocabSize)));
    }, options);
  } finally {
    reader.dispose();
  }
}
