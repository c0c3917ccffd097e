import { slice, Tensor } from "@tensorflow/tfjs-core";
import { ShapeError } from "@tx/core";

/** Rows of a batch: from the first, so many. */
export interface RowSpan {
  readonly start: number;
  readonly rows: number;
}

/**
 * Parts of a batch, as even as can be, the larger ones first; as many as are asked for, or one a
 * row where the batch has fewer rows.
 *
 * @param batch Its tensors of one axis or more have the same number of rows, [rows, ...].
 * @param count A whole number from 1.
 * @throws ShapeError if the tensors have different numbers of rows, or none has any; RangeError if
 *   there is no tensor to cut.
 */
export function rowSpans(batch: readonly unknown[], count: number): RowSpan[] {
  const cut = batch.filter(isCut);
  if (cut.length === 0) {
    throw new RangeError("microBatches: expected a batch with a tensor of rows, got none");
  }
  const rows = cut[0]!.shape[0]!;
  if (rows === 0 || cut.some(({ shape }) => shape[0] !== rows)) {
    const got = cut.map(({ shape }) => `[${shape.join(", ")}]`).join(" and ");
    throw new ShapeError(`microBatches: expected tensors of as many rows each, got ${got}`);
  }
  const parts = Math.min(count, rows);
  const startOf = (part: number) => Math.ceil((part * rows) / parts);
  return Array.from({ length: parts }, (_, part) => ({
    start: startOf(part),
    rows: startOf(part + 1) - startOf(part),
  }));
}

/**
 * Those rows of every tensor of one axis or more; whatever else a batch holds as it is. The tensors
 * are new, and the scope's around to free.
 */
export function partOf<Batch extends readonly unknown[]>(
  batch: Batch,
  { start, rows }: RowSpan,
): Batch {
  return batch.map((thing) => {
    if (!isCut(thing)) return thing;
    const { shape } = thing;
    return slice(thing, [start, ...shape.slice(1).map(() => 0)], [rows, ...shape.slice(1)]);
  }) as unknown as Batch;
}

const isCut = (thing: unknown): thing is Tensor => thing instanceof Tensor && thing.rank > 0;
