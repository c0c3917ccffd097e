/** Where the held-out part begins: the last tenth of the text. */
export const splitAt = (characters: number): number => Math.floor(characters * 0.9);

/** Source of whole numbers from 0 to below a limit. */
export interface IntegerSource {
  integer(below: number): number;
}

/**
 * Draws pieces of the text from anywhere, with equal chances.
 *
 * @returns ids [batch, length + 1]: every piece carries its inputs and, one further on, its targets
 */
export function drawBatch(
  ids: Int32Array,
  { batch, length }: { batch: number; length: number },
  rng: IntegerSource,
): Int32Array {
  const pieces = new Int32Array(batch * (length + 1));
  for (let row = 0; row < batch; row++) {
    const start = rng.integer(ids.length - length);
    pieces.set(ids.subarray(start, start + length + 1), row * (length + 1));
  }
  return pieces;
}

/**
 * Pieces of length + 1 ids in which no id is predicted twice, spread evenly over the whole.
 *
 * @param characters most ids that are predicted over all pieces; at least one piece is given
 */
export function evenWindows(ids: Int32Array, length: number, characters: number): Int32Array[] {
  const all = Math.floor((ids.length - 1) / length);
  const count = Math.min(all, Math.max(1, Math.floor(characters / length)));
  return Array.from({ length: count }, (_, i) => {
    const start = Math.floor((i * all) / count) * length;
    return ids.subarray(start, start + length + 1);
  });
}
