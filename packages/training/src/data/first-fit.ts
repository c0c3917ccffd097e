/** Where pieces go: for each piece, in the order given, the number of its row. */
export type Placement = (lengths: readonly number[], rowLength: number) => Int32Array;

/**
 * The row that is being filled, or else a new one: rows keep the order of the pieces.
 *
 * @see Johnson 1974, Fast Algorithms for Bin Packing, (next fit),
 * https://doi.org/10.1016/S0022-0000(74)80026-7
 */
export const nextFit: Placement = (lengths, rowLength) => {
  let [row, used] = [0, 0];
  return Int32Array.from(lengths, (length) => {
    if (used + length > rowLength) [row, used] = [row + 1, 0];
    used += length;
    return row;
  });
};

/**
 * The longest piece first, each into the first row that has room for it: at most 11/9 of the fewest
 * rows possible, and one more. Finds the row in log₂ of their number.
 *
 * @see Johnson 1974, Fast Algorithms for Bin Packing, (first fit decreasing),
 * https://doi.org/10.1016/S0022-0000(74)80026-7
 */
export const firstFitDecreasing: Placement = (lengths, rowLength) => {
  const order = lengths.map((_, n) => n).sort((a, b) => lengths[b]! - lengths[a]!);
  const leaves = 2 ** Math.ceil(Math.log2(Math.max(1, lengths.length)));
  // A heap of the most room in each half of the rows: the rows themselves are its last leaves.
  const room = new Int32Array(2 * leaves).fill(rowLength);
  const rows = new Int32Array(lengths.length);
  for (const piece of order) {
    const length = lengths[piece]!;
    let node = 1;
    while (node < leaves) node = 2 * node + (room[2 * node]! >= length ? 0 : 1);
    rows[piece] = node - leaves;
    room[node]! -= length;
    for (node >>= 1; node >= 1; node >>= 1) {
      room[node] = Math.max(room[2 * node]!, room[2 * node + 1]!);
    }
  }
  return rows;
};
