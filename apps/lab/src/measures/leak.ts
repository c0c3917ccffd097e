import { abs, max, slice, sub, type Tensor2D, type Tensor3D, tidy } from "@tensorflow/tfjs-core";
import { type IntRows, rowsTensor } from "@tx/training";

/**
 * How far the logits of earlier places change, at most, where the last token is another one: 0 for a
 * model that does not see what comes later.
 *
 * @param forward Gives logits [batch, seq, vocab] for ids [batch, seq].
 * @param rows Of two columns or more; any next id below vocabSize is put in the place of the last.
 */
export async function leakOf(
  forward: (ids: Tensor2D) => Tensor3D,
  rows: IntRows,
  vocabSize: number,
): Promise<number> {
  const [count, columns] = rows.shape;
  const values = rows.values.slice();
  for (let row = 0; row < count; row++) {
    const last = row * columns + columns - 1;
    values[last] = (values[last]! + 1) % vocabSize;
  }
  const change = tidy(() => {
    const [before, after] = [rows, { values, shape: rows.shape }].map((one) =>
      slice(forward(rowsTensor(one)), [0, 0, 0], [count, columns - 1, vocabSize]),
    );
    return max(abs(sub(before!, after!)));
  });
  try {
    return (await change.data())[0]!;
  } finally {
    change.dispose();
  }
}
