import { type BeamSearchOptions, type BeamText, beamSearch, checkBeamOptions } from "./beam-search";
import {
  type BeyondContext,
  beyondContextOf,
  checkBeyondContext,
  checkFits,
} from "./beyond-context";
import { logSoftmax } from "./log-softmax";
import { MemoryReader } from "./memory-reader";
import { checkContextLength, checkIds, type NextTokenModel } from "./next-token-model";
import { TextReader } from "./text-reader";

export interface GenerateBeamsOptions extends BeamSearchOptions {
  /** Longest context to read, in tokens. Default the model's maxLen; required where that is infinite. */
  contextLength?: number | undefined;
  /** What is done where a text is longer. Default "memory" where the model keeps one, else "slide". */
  beyondContext?: BeyondContext | undefined;
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
  const { beyondContext } = options;
  checkBeamOptions(options);
  checkContextLength(model, contextLength);
  checkBeyondContext(model, beyondContext);
  checkIds(model, "prompt", prompt);
  checkFits(model, "prompt", prompt, options);
  if (endToken !== undefined) checkIds(model, "endToken", [endToken]);
  signal?.throwIfAborted();
  const room = { contextLength, longest: prompt.length + maxNewTokens };
  // All beams have one length.
  const reader =
    beyondContextOf(model, beyondContext) === "memory"
      ? new MemoryReader(model, room)
      : new TextReader(model, { batch: 1, ...room });
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
