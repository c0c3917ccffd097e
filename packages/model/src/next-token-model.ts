import type { Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import type { KeyValueCache } from "@tx/attention";
import { checkCount } from "@tx/core";

/**
 * What generation asks of a model. A CausalLanguageModel is one; the decoder of an encoder-decoder
 * becomes one with what its encoder made, which `forward` closes over.
 */
export interface NextTokenModel {
  /** Number of tokens there are: ids are below it. */
  readonly vocabSize: number;
  /** Longest text, in tokens; Infinity where there is no end. */
  readonly maxLen: number;
  /**
   * @param ids int32 [batch, seq].
<<<<<<< HEAD
   * @param caches Of newCaches: ids go on from the tokens they hold. Undefined, or only those that are
   *   fixed if there are some, which only happens to texts longer than the context: ids are all there
   *   is.
=======
   * @param caches Of newCaches: ids go on from the tokens they hold. Only the fixed ones among them, or
   *   undefined without such, for texts longer than the context: ids are all there is of those.
>>>>>>> blocks
   * @param visible bool [batch, seq]: false is padding on the left, which no token sees or counts in
   *   its position; for rows of different lengths only. What caches were told, they remember.
   * @returns Logits of each next token, [batch, seq, vocab].
   */
  forward(ids: Tensor2D, caches?: readonly KeyValueCache[], visible?: Tensor2D): Tensor3D;
  /**
   * Empty caches that hold up to maxLen tokens of each row; whoever asks disposes them. Their rows
   * are reordered as texts end, or beams go on.
   */
  newCaches(batch: number, maxLen: number): KeyValueCache[];
}

/** @throws RangeError if the length is no whole number from 1 or more than the model's. */
export function checkContextLength({ maxLen }: NextTokenModel, contextLength: number): void {
  checkCount("contextLength", contextLength);
  if (contextLength > maxLen) {
    throw new RangeError(`contextLength: expected at most ${maxLen}, got ${contextLength}`);
  }
}

/** @throws RangeError if ids are none, or one is no token of the model. */
export function checkIds(
  { vocabSize }: Pick<NextTokenModel, "vocabSize">,
  name: string,
  ids: readonly number[],
): void {
  if (ids.length === 0) throw new RangeError(`${name}: expected at least one token, got none`);
  for (const id of ids) {
    if (!(Number.isInteger(id) && id >= 0 && id < vocabSize)) {
      throw new RangeError(`${name}: expected whole numbers in [0, ${vocabSize}), got ${id}`);
    }
  }
}
