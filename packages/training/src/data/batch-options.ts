import { checkCount, type Rng } from "@tx/core";
import { inOrder, shuffled } from "./shuffled";

export interface BatchOptions {
  /** Rows of a batch. */
  readonly batchSize: number;
  /** Start of the random stream, a whole number: the same seed gives the same batches. Default 0. */
  readonly seed?: number;
  /** Another random order each epoch. Default true; false gives the order of the data. */
  readonly shuffle?: boolean;
  /** Leave out an epoch's last batch if it has fewer rows than the others. Default false. */
  readonly dropLast?: boolean;
}

/** The options that a saved place belongs to, defaults filled in. */
export const settingsOf = ({ batchSize, shuffle = true, dropLast = false }: BatchOptions) => ({
  ...{ batchSize, shuffle, dropLast },
});

/** @throws RangeError if the batch size is no count, or no batch of an epoch would be left. */
export function checkBatchOptions(items: number, { batchSize, dropLast }: BatchOptions): void {
  checkCount("batchSize", batchSize);
  checkCount("rows", items);
  if (dropLast && batchSize > items) {
    throw new RangeError(
      `batchSize: expected at most the ${items} rows of an epoch with dropLast, got ${batchSize}`,
    );
  }
}

/** The rows of an epoch in its order, without those of a last batch that is to be left out. */
export function orderOf(items: number, options: BatchOptions, rng: Rng): Int32Array {
  const { batchSize, shuffle, dropLast } = { ...settingsOf(options) };
  const order = shuffle ? shuffled(items, rng) : inOrder(items);
  return dropLast ? order.subarray(0, items - (items % batchSize)) : order;
}

/** A list cut into parts of a size; the last has what is left. */
export function cut(list: Int32Array, size: number): Int32Array[] {
  const parts = Math.ceil(list.length / size);
  return Array.from({ length: parts }, (_, n) => list.subarray(n * size, (n + 1) * size));
}
