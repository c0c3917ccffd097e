import { ShapeError } from "@tx/core";
import { type BatchOptions, checkBatchOptions, cut, orderOf, settingsOf } from "./batch-options";
import { Batches } from "./batches";
import { type IntRows, takeRows } from "./int-rows";

/**
 * Batches of rows that are there already, several kinds side by side: the tokens, documents,
 * positions and labels of packed rows, or inputs and targets.
 *
 * @param rows By name, all with as many rows.
 * @returns Batches with the same names.
 * @throws ShapeError if they have different numbers of rows; RangeError if there are none, the batch
 * size is no count, or there are fewer rows than a batch has with dropLast.
 */
export function rowBatches<Name extends string>(
  rows: Readonly<Record<Name, IntRows>>,
  options: BatchOptions,
): Batches<Readonly<Record<Name, IntRows>>> {
  const parts = Object.entries<IntRows>(rows);
  const count = parts[0]?.[1].shape[0] ?? 0;
  for (const [name, { shape }] of parts) {
    if (shape[0] !== count) {
      throw new ShapeError(`${name}: expected ${count} rows as ${parts[0]![0]}, got ${shape[0]}`);
    }
  }
  checkBatchOptions(count, options);
  return new Batches(
    {
      settings: { rows: count, ...settingsOf(options) },
      plan: (rng) => cut(orderOf(count, options, rng), options.batchSize),
      make: (items) =>
        Object.fromEntries(parts.map(([name, part]) => [name, takeRows(part, items)])) as Record<
          Name,
          IntRows
        >,
    },
    options.seed,
  );
}
