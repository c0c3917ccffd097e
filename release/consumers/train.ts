import {
  dispose,
  getBackend,
  memory,
  setBackend,
  type Tensor2D,
  tensor2d,
} from "@tensorflow/tfjs-core";
import { Rng } from "@tx/core";
import { type CausalLanguageModel, type GptConfig, generate, gpt } from "@tx/model";
import { noam } from "@tx/schedule";
import { AdamW, causalLoss, createTrainStep } from "@tx/training";

const STEPS = 30;

/** What a program tells of its run. */
export interface Trained {
  readonly backend: string;
  readonly losses: readonly number[];
}

/** The smallest GPT that learns something, and its optimizer. */
export function makeModel(): { model: CausalLanguageModel<GptConfig>; optimizer: AdamW } {
  const rng = new Rng(7);
  const model = gpt({ vocabSize: 5, maxLen: 6, layers: 1, heads: 2, dModel: 8, rng }).train();
  return { model, optimizer: new AdamW({ parameters: model.parameters() }) };
}

/**
 * Trains a GPT on a backend and generates with it.
 *
 * @throws Error if the loss does not fall by half, or a step leaves tensors behind.
 */
export async function train(backend: string): Promise<Trained> {
  await setBackend(backend);
  const { model, optimizer } = makeModel();
  const step = createTrainStep({
    model,
    optimizer,
    loss: (tokens: Tensor2D) => causalLoss((ids) => model.forward(ids), tokens),
    schedule: noam({ dModel: 8, warmupSteps: 4 }),
    maxNorm: 1,
  });
  const tokens = tensor2d([[0, 1, 2, 3, 4, 0, 1]], [1, 7], "int32");
  const losses: number[] = [];
  let tensors: number | undefined;
  for (let n = 0; n < STEPS; n++) {
    const { loss, gradientNorm } = step(tokens);
    losses.push((await loss.data())[0]!);
    dispose([loss, gradientNorm]);
    tensors ??= memory().numTensors;
  }
  if (!(losses[STEPS - 1]! < losses[0]! / 2)) {
    throw new Error(`expected the loss to fall by half, got ${losses.join(", ")}`);
  }
  if (memory().numTensors !== tensors) {
    throw new Error(`expected ${tensors} tensors, got ${memory().numTensors}`);
  }
  model.eval();
  const next = await generate(model, [0, 1], { maxNewTokens: 3, temperature: 0, rng: new Rng(1) });
  if (next.join() !== "2,3,4") throw new Error(`expected 2,3,4, got ${next.join()}`);
  return { backend: getBackend(), losses };
}
