import { checkCount } from "@tx/core";
import { type BeyondContext, checkBeyondContext } from "./beyond-context";
import { checkContextLength, checkIds, type NextTokenModel } from "./next-token-model";
import { checkRepetitionPenalty } from "./repetition-penalty";
import { checkFilters, type FilterOptions } from "./sampling-filters";

/** How texts go on, and when they end. */
export interface TextOptions extends FilterOptions {
  /** Tokens to add to a prompt, at most. */
  maxNewTokens: number;
  /**
   * Makes tokens that the text has already, in the prompt too, less likely: above 1. Comes before
   * temperature. Default 1: no.
   */
  repetitionPenalty?: number | undefined;
  /** A text ends with this token, which it keeps. Default: none. */
  endToken?: number | undefined;
  /** A text ends once its new tokens end with one of these, which it keeps. Default: none. */
  stopSequences?: readonly (readonly number[])[] | undefined;
  /** Longest context to read, in tokens. Default the model's maxLen; required where that is infinite. */
  contextLength?: number | undefined;
  /** What is done where a text is longer. Default "memory" where the model keeps one, else "slide". */
  beyondContext?: BeyondContext | undefined;
  /** Ends it with its reason, and leaves nothing behind. */
  signal?: AbortSignal | undefined;
}

/** @throws RangeError if an option is out of range. */
export function checkTextOptions(model: NextTokenModel, options: TextOptions): void {
  const { maxNewTokens, endToken, stopSequences = [], repetitionPenalty = 1 } = options;
  checkCount("maxNewTokens", maxNewTokens, 0);
  checkContextLength(model, options.contextLength ?? model.maxLen);
  checkBeyondContext(model, options.beyondContext);
  checkFilters(options);
  checkRepetitionPenalty(repetitionPenalty);
  if (endToken !== undefined) checkIds(model, "endToken", [endToken]);
  stopSequences.forEach((sequence, n) => {
    checkIds(model, `stopSequences[${n}]`, sequence);
  });
}
