import { tensor2d } from "@tensorflow/tfjs-core";
import type { CausalLanguageModel } from "@tx/model";
import { causalLoss } from "@tx/training";

const piecesAtOnce = 16;

/**
 * Mean loss over pieces of a text, in nats per character. The model is in eval mode: no dropout, and no
 * stream moves.
 *
 * @param windows pieces of one length, inputs and one further on their targets
 * @param stopped asked between batches; once it says true, the answer is null
 */
export async function evaluate(
  model: CausalLanguageModel,
  windows: readonly Int32Array[],
  stopped: () => boolean = () => false,
): Promise<number | null> {
  let total = 0;
  for (let at = 0; at < windows.length; at += piecesAtOnce) {
    if (stopped()) return null;
    const pieces = windows.slice(at, at + piecesAtOnce);
    total += (await meanLoss(model, pieces)) * pieces.length;
    await eventLoopTurn();
  }
  return total / windows.length;
}

async function meanLoss(
  model: CausalLanguageModel,
  pieces: readonly Int32Array[],
): Promise<number> {
  const ids = pieces.flatMap((piece) => [...piece]);
  const tokens = tensor2d(ids, [pieces.length, pieces[0]!.length], "int32");
  const loss = causalLoss((inputs) => model.forward(inputs), tokens);
  try {
    return (await loss.data())[0]!;
  } finally {
    tokens.dispose();
    loss.dispose();
  }
}

/** Lets signals and the display have their turn: on wasm and cpu a step blocks from its start to its end. */
export const eventLoopTurn = () => new Promise<void>((resolve) => setImmediate(resolve));
