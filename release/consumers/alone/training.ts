import { dispose, mean, square, sub, type Tensor2D, tensor2d } from "@tensorflow/tfjs-core";
import { Linear, normal, Rng } from "@tx/core";
import { AdamW, createTrainStep } from "@tx/training";

export async function use(): Promise<void> {
  const model = new Linear(2, 2, { init: normal(0.5, new Rng(3)) });
  const step = createTrainStep({
    model,
    optimizer: new AdamW({ parameters: model.parameters() }),
    loss: (x: Tensor2D) => mean(square(sub(model.forward(x), x))),
    schedule: () => 0.05,
  });
  const x = tensor2d([1, 2, 3, 4], [2, 2]);
  const losses: number[] = [];
  for (let n = 0; n < 5; n++) {
    const { loss, gradientNorm } = step(x);
    losses.push((await loss.data())[0]!);
    dispose([loss, gradientNorm]);
  }
  if (!(losses[4]! < losses[0]!)) {
    throw new Error(`expected the loss to fall, got ${losses.join(", ")}`);
  }
}
