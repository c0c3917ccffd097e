import { checkCount } from "@tx/core";
import { type BatchOptions, checkBatchOptions, cut, orderOf, settingsOf } from "./batch-options";
import { Batches } from "./batches";
import type { IntRows } from "./int-rows";
import { asInt32, type TokenList } from "./token-list";

export interface CausalBatchesOptions extends BatchOptions {
  /** Tokens that each row predicts; it has one more, the first, which is only looked at. */
  readonly length: number;
  /** Tokens from the beginning of one window to that of the next. Default length: no token twice. */
  readonly stride?: number;
}

/**
 * Windows of fixed length out of one long text, for causal training: each row [length + 1] holds its
 * inputs and, one further on, its targets, as {@link causalLoss} wants them. By default every token
 * but the first is predicted once an epoch; those after the last whole window, fewer than a stride,
 * are left out.
 *
 * @param tokens An Int32Array is not copied.
 * @returns Batches [rows, length + 1]; {@link rowsTensor} makes a tensor of one.
 * @throws RangeError if a count is not whole, there are fewer than length + 1 tokens, or fewer windows
 * than a batch has rows with dropLast.
 */
export function causalBatches(tokens: TokenList, options: CausalBatchesOptions): Batches<IntRows> {
  const { length, stride = length, batchSize, seed } = options;
  checkCount("length", length);
  checkCount("stride", stride);
  const ids = asInt32("tokens", tokens);
  if (ids.length <= length) {
    throw new RangeError(`tokens: expected at least length + 1 = ${length + 1}, got ${ids.length}`);
  }
  const windows = Math.floor((ids.length - 1 - length) / stride) + 1;
  checkBatchOptions(windows, options);
  const columns = length + 1;
  return new Batches<IntRows>(
    {
      settings: { tokens: ids.length, length, stride, ...settingsOf(options) },
      plan: (rng) => cut(orderOf(windows, options, rng), batchSize),
      make(items) {
        const values = new Int32Array(items.length * columns);
        for (const [row, window] of items.entries()) {
          values.set(ids.subarray(window * stride, window * stride + columns), row * columns);
        }
        return { values, shape: [items.length, columns] };
      },
    },
    seed,
  );
}
