import type { Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import { type IntRows, rowsTensor } from "@tx/training";
import { lossByPosition } from "./loss-by-position";

/**
 * The loss of each place of some rows, a mean over the rows, in nats.
 *
 * @param forward Gives logits [batch, seq, vocab] for ids [batch, seq].
 * @param rows [batch, seq + 1]
 */
export async function lossesOf(
  forward: (ids: Tensor2D) => Tensor3D,
  rows: IntRows,
): Promise<number[]> {
  const tokens = rowsTensor(rows);
  try {
    return await lossByPosition({ forward }, tokens);
  } finally {
    tokens.dispose();
  }
}

/** The mean of each column of rows. */
export function columnMeans(
  values: ArrayLike<number>,
  [rows, columns]: readonly [number, number],
): number[] {
  return Array.from({ length: columns }, (_, column) => {
    let sum = 0;
    for (let row = 0; row < rows; row++) sum += values[row * columns + column]!;
    return sum / rows;
  });
}
