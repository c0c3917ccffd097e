import type { Mask } from "@tx/core";

export interface MaskPicture {
  queries: number;
  keys: number;
  /** Which row of the batch. Default 0. */
  row?: number;
  /** Which head. Default 0. */
  head?: number;
}

/**
 * A mask as a small picture: a line a query, a mark a key, "■" where it may attend, else "·".
 *
 * Reads the mask's tensors back; meant for looking, not for training.
 *
 * @throws RangeError if queries, keys, row or head does not fit the mask's tensors.
 */
export async function maskToText(
  mask: Mask,
  { queries, keys, row = 0, head = 0 }: MaskPicture,
): Promise<string> {
  const shape: number[] = mask.dense
    ? [...Array(4 - mask.dense.rank).fill(1), ...mask.dense.shape]
    : [];
  checkSizes(mask, shape, { queries, keys, row, head });
  const visible = await mask.keys?.data();
  const own = await mask.dense?.data();
  const ofDense = (query: number, key: number) =>
    [row, head, query, key].reduce(
      (flat, place, axis) => flat * shape[axis]! + (shape[axis] === 1 ? 0 : place),
      0,
    );
  const may = (query: number, key: number) =>
    (!mask.causal || key <= query + keys - queries) &&
    (!visible || visible[row * keys + key] === 1) &&
    (!own || own[ofDense(query, key)] === 1);
  const line = (query: number) =>
    Array.from({ length: keys }, (_, key) => (may(query, key) ? "■" : "·")).join(" ");
  return Array.from({ length: queries }, (_, query) => line(query)).join("\n");
}

/** @param shape That of mask.dense with its four axes; empty if there is none. */
function checkSizes(mask: Mask, shape: readonly number[], picture: Required<MaskPicture>): void {
  const { queries, keys, row, head } = picture;
  const [batch, width = keys] = mask.keys?.shape ?? [];
  if (width !== keys) throw new RangeError(`keys: expected ${width}, got ${keys}`);
  for (const [name, size, given = 1] of [
    ["queries", queries, shape[2]],
    ["keys", keys, shape[3]],
  ] as const) {
    if (given !== 1 && given !== size) {
      throw new RangeError(`${name}: expected ${given}, got ${size}`);
    }
  }
  // An axis of one in mask.dense stands for any number of rows or heads.
  for (const [name, place, size = Number.POSITIVE_INFINITY] of [
    ["row", row, batch],
    ["row", row, shape[0] === 1 ? undefined : shape[0]],
    ["head", head, shape[1] === 1 ? undefined : shape[1]],
  ] as const) {
    if (!(Number.isInteger(place) && place >= 0 && place < size)) {
      throw new RangeError(`${name}: expected a whole number from 0 below ${size}, got ${place}`);
    }
  }
}
