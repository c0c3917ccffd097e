import { dispose, type Scalar, type Tensor2D } from "@tensorflow/tfjs-core";
import { type IntRows, rowsTensor } from "@tx/training";
import { eventLoopTurn } from "../training/event-loop-turn";

/** A batch to measure, and how many tokens it asks for. */
export interface MeasuredBatch {
  readonly rows: readonly IntRows[];
  readonly tokens: number;
}

/**
 * Mean loss over batches in nats a token, each batch weighing as many tokens as it asks for. The model
 * is in eval mode: no dropout, and no stream moves.
 *
 * @param loss Mean over the tokens of a batch.
 * @param stopped Asked between batches; once it says true, the answer is null.
 */
export async function meanLoss(
  batches: Iterable<MeasuredBatch>,
  loss: (...batch: Tensor2D[]) => Scalar,
  stopped: () => boolean = () => false,
): Promise<{ loss: number; tokens: number } | null> {
  let [total, count] = [0, 0];
  for (const { rows, tokens } of batches) {
    if (stopped()) return null;
    total += tokens * (await lossOf(rows, loss));
    count += tokens;
    await eventLoopTurn();
  }
  return { loss: total / count, tokens: count };
}

async function lossOf(
  rows: readonly IntRows[],
  loss: (...batch: Tensor2D[]) => Scalar,
): Promise<number> {
  const tensors = rows.map((each) => rowsTensor(each));
  try {
    const mean = loss(...tensors);
    try {
      return (await mean.data())[0]!;
    } finally {
      mean.dispose();
    }
  } finally {
    dispose(tensors);
  }
}
