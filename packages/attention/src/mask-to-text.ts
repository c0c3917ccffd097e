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
  const documents = mask.documents && {
    queries: await mask.documents.queries.data(),
    keys: await mask.documents.keys.data(),
  };
  const ofDense = (query: number, key: number) =>
    [row, head, query, key].reduce(
      (flat, place, axis) => flat * shape[axis]! + (shape[axis] === 1 ? 0 : place),
      0,
    );
  const may = (query: number, key: number) =>
    mayByPlace(mask, query + keys - queries, key) &&
    (!documents || documents.queries[row * queries + query] === documents.keys[row * keys + key]) &&
    (!visible || visible[row * keys + key] === 1) &&
    (!own || own[ofDense(query, key)] === 1);
  const line = (query: number) =>
    Array.from({ length: keys }, (_, key) => (may(query, key) ? "■" : "·")).join(" ");
  return Array.from({ length: queries }, (_, query) => line(query)).join("\n");
}

/** What the fields say that know nothing but places; place is where the query stands. */
function mayByPlace({ causal, window, prefix }: Mask, place: number, key: number): boolean {
  return (
    (!causal || key <= place) &&
    (prefix === undefined || key < prefix || key <= place) &&
    key >= place - (window?.before ?? Number.POSITIVE_INFINITY) &&
    key <= place + (window?.after ?? Number.POSITIVE_INFINITY)
  );
}

/** @param shape That of mask.dense with its four axes; empty if there is none. */
function checkSizes(mask: Mask, shape: readonly number[], picture: Required<MaskPicture>): void {
  const { queries, keys, row, head } = picture;
  const { documents } = mask;
  const [batch = documents?.keys.shape[0], width = keys] = mask.keys?.shape ?? [];
  for (const given of [width, documents?.keys.shape[1] ?? keys]) {
    if (given !== keys) throw new RangeError(`keys: expected ${given}, got ${keys}`);
  }
  const rows = documents?.queries.shape[1] ?? queries;
  if (rows !== queries) throw new RangeError(`queries: expected ${rows}, got ${queries}`);
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
