import { slice, type Tensor2D, type Tensor3D, tidy } from "@tensorflow/tfjs-core";
import { type IntRows, rowsTensor, softmaxCrossEntropy } from "@tx/training";

/**
 * The loss of each next token in nats, on the host.
 *
 * @param forward Gives logits [batch, seq, vocab] for ids [batch, seq].
 * @param rows [batch, seq + 1]
 * @returns [batch][seq]
 */
export async function lossesOf(
  forward: (ids: Tensor2D) => Tensor3D,
  rows: IntRows,
): Promise<number[][]> {
  const [batch, length] = rows.shape;
  const losses = tidy(() => {
    const tokens = rowsTensor(rows);
    const inputs = slice(tokens, [0, 0], [batch, length - 1]);
    const targets = slice(tokens, [0, 1], [batch, length - 1]);
    return softmaxCrossEntropy<Tensor2D>(forward(inputs), targets, { reduction: "none" });
  });
  try {
    return await losses.array();
  } finally {
    losses.dispose();
  }
}

/** The mean of each column. */
export function columnMeans(table: readonly (readonly number[])[]): number[] {
  return table[0]!.map((_, column) => {
    return table.reduce((sum, row) => sum + row[column]!, 0) / table.length;
  });
}
