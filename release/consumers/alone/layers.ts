import { type Tensor2D, tensor2d, train } from "@tensorflow/tfjs-core";
import { sequential } from "@tensorflow/tfjs-layers";
import { Linear, normal } from "@tx/core";
import { asLayer } from "@tx/layers";

const Projection = asLayer("Projection", {
  make: ({ width }: { width: number }, rng) => new Linear(width, width, { init: normal(0.5, rng) }),
  forward: (linear, [x]) => linear.forward(x as Tensor2D),
});

export async function use(): Promise<void> {
  const model = sequential({ layers: [Projection({ width: 2 }, { seed: 1, inputShape: [2] })] });
  model.compile({ optimizer: train.sgd(0.01), loss: "meanSquaredError" });
  const x = tensor2d([1, 2, 3, 4], [2, 2]);
  const { history } = await model.fit(x, x, { epochs: 5, verbose: 0 });
  const losses = history.loss as number[];
  if (!(losses[4]! < losses[0]!)) {
    throw new Error(`expected the loss to fall, got ${losses.join(", ")}`);
  }
}
