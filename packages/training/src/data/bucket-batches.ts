import { checkCount, type Rng } from "@tx/core";
import { type BatchOptions, checkBatchOptions, cut, orderOf, settingsOf } from "./batch-options";
import { Batches } from "./batches";
import { checkPadOptions, type PaddedRows, type PadOptions, padRows } from "./pad-rows";
import { shuffle as shuffleList } from "./shuffled";
import { asInt32, type TokenList } from "./token-list";

export interface BucketBatchesOptions extends BatchOptions, PadOptions {
  /**
   * Batches whose sequences are sorted by length together: more pad less and mix less. Default 100.
   */
  readonly pool?: number;
}

/** A batch of sequences of similar length. */
export interface BucketBatch extends PaddedRows {
  /** Which of the sequences the rows are. */
  readonly items: Int32Array;
}

/**
 * Batches of sequences of similar length, each padded to its own longest. An epoch shuffles all
 * sequences, sorts them by length within pools, cuts the pools into batches and shuffles those; with
 * dropLast the sequences left out are random ones. Without shuffling, the same in the order of the
 * data.
 *
 * @param sequences None of them empty. An Int32Array is not copied.
 * @throws RangeError if there are no sequences or an empty one, a count is not whole, an id is no whole
 * number, or there are fewer sequences than a batch has rows with dropLast.
 */
export function bucketBatches(
  sequences: readonly TokenList[],
  options: BucketBatchesOptions,
): Batches<BucketBatch> {
  const { batchSize, seed, shuffle = true, pool = 100 } = options;
  checkBatchOptions(sequences.length, options);
  checkCount("pool", pool);
  checkPadOptions(options);
  const lists = sequences.map((sequence, n) => {
    const ids = asInt32(`sequences[${n}]`, sequence);
    checkCount(`sequences[${n}].length`, ids.length);
    return ids;
  });
  const plan = (rng: Rng) => {
    const order = orderOf(lists.length, options, rng);
    const batches = cut(order, pool * batchSize).flatMap((part) =>
      // Sorting is stable, so sequences of one length stay in the order that was drawn.
      cut(
        part.sort((a, b) => lists[a]!.length - lists[b]!.length),
        batchSize,
      ),
    );
    return shuffle ? shuffleList(batches, rng) : batches;
  };
  const tokens = lists.reduce((sum, { length }) => sum + length, 0);
  return new Batches<BucketBatch>(
    {
      settings: { sequences: lists.length, tokens, pool, ...settingsOf(options) },
      plan,
      make: (items) => ({
        ...padRows(
          Array.from(items, (item) => lists[item]!),
          options,
        ),
        items: items.slice(),
      }),
    },
    seed,
  );
}
