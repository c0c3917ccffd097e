import type { NextTokenModel } from "./next-token-model";

/**
 * What is done with a text that gets longer than the context:
 *
 * - `"slide"`: its last contextLength tokens are read anew for each token.
 * - `"memory"`: the model reads it in segments and keeps a memory of those before, after
 *   Transformer-XL, so that only new tokens are computed. For models with such a memory.
 * - `"refuse"`: there are none: a prompt that leaves no room for maxNewTokens is refused.
 */
export type BeyondContext = "slide" | "memory" | "refuse";

/** What is done where nothing else is asked. */
export function beyondContextOf(
  model: NextTokenModel,
  asked: BeyondContext | undefined,
): BeyondContext {
  return asked ?? (keepsMemory(model) ? "memory" : "slide");
}

/** @throws RangeError if it is none of them, or a memory is asked of a model without. */
export function checkBeyondContext(model: NextTokenModel, asked: BeyondContext | undefined): void {
  if (asked === undefined || asked === "slide" || asked === "refuse") return;
  if (asked !== "memory") {
    throw new RangeError(
      `beyondContext: expected "slide", "memory" or "refuse", got ${JSON.stringify(asked)}`,
    );
  }
  if (!keepsMemory(model)) {
    throw new RangeError(
      'beyondContext: expected "slide" or "refuse" with a model that keeps no memory, got "memory"',
    );
  }
}

/** @throws RangeError if beyondContext is "refuse" and the text would get longer than the context. */
export function checkFits(
  model: NextTokenModel,
  name: string,
  prompt: readonly number[],
  options: {
    maxNewTokens: number;
    contextLength?: number | undefined;
    beyondContext?: BeyondContext | undefined;
  },
): void {
  if (options.beyondContext !== "refuse") return;
  const { maxNewTokens, contextLength = model.maxLen } = options;
  const room = contextLength - prompt.length;
  if (maxNewTokens <= room) return;
  throw new RangeError(
    room < 0
      ? `${name}: expected at most ${contextLength} tokens, the context, got ${prompt.length}`
      : `maxNewTokens: expected at most ${room} after ${name}, whose ${prompt.length} tokens and they must fit the context of ${contextLength}, got ${maxNewTokens}`,
  );
}

function keepsMemory({ memoryLen = 0, forwardSegment }: NextTokenModel): boolean {
  return memoryLen > 0 && forwardSegment !== undefined;
}
