import {
  add,
  concat,
  gather,
  mul,
  type Tensor,
  type Tensor2D,
  tensor,
} from "@tensorflow/tfjs-core";
import { checkCount } from "@tx/core";

/**
 * How a table of positions gets another length: "crop" keeps the first rows, as nanoGPT's
 * crop_block_size; "extend" keeps all rows and adds new ones; "interpolate" spreads the rows evenly
 * over the new length, first to first and last to last, as vision models do.
 */
export type ResizeMethod = "crop" | "extend" | "interpolate";

/** @throws RangeError if the method is not known, or does not lead from one length to the other. */
export function checkResize(from: number, to: number, method: ResizeMethod): void {
  checkCount("maxLen", to);
  if (method !== "crop" && method !== "extend" && method !== "interpolate") {
    throw new RangeError(
      `method: expected "crop", "extend" or "interpolate", got ${JSON.stringify(method)}`,
    );
  }
  if (method === "crop" && to > from) {
    throw new RangeError(`maxLen: expected at most ${from} to crop, got ${to}`);
  }
  if (method === "extend" && to < from) {
    throw new RangeError(`maxLen: expected at least ${from} to extend, got ${to}`);
  }
}

/**
 * The rows of a table of another length, once {@link checkResize} has nothing against it. Runs in a
 * tidy.
 *
 * @param table [positions, dModel]
 * @param added What stands in so many new rows, [count, dModel].
 * @returns [length, dModel]; shares no memory with the table.
 */
export function resizedTable(
  table: Tensor2D,
  length: number,
  method: ResizeMethod,
  added: (count: number) => Tensor,
): Tensor2D {
  const held = table.shape[0];
  if (method === "interpolate") return interpolated(table, length);
  const kept = rowsOf(
    table,
    Array.from({ length: Math.min(held, length) }, (_, row) => row),
  );
  return length > held ? concat([kept, added(length - held) as Tensor2D]) : kept;
}

function interpolated(table: Tensor2D, length: number): Tensor2D {
  const last = table.shape[0] - 1;
  const places = Array.from({ length }, (_, row) => (row * last) / Math.max(1, length - 1));
  const below = places.map(Math.floor);
  const share = places.map((place, row) => place - below[row]!);
  const weighted = (rows: number[], weights: number[]) =>
    mul(rowsOf(table, rows), tensor(weights, [length, 1], "float32"));
  return add(
    weighted(
      below,
      share.map((part) => 1 - part),
    ),
    weighted(
      below.map((row) => Math.min(row + 1, last)),
      share,
    ),
  );
}

function rowsOf(table: Tensor2D, rows: readonly number[]): Tensor2D {
  return gather(table, tensor([...rows], [rows.length], "int32"));
}
