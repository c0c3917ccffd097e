import { getBackend, randomNormal, type Scalar, square, sum } from "@tensorflow/tfjs-core";
import { Dropout, Linear, Module, normal, Rng } from "@tx/core";
import { expect, test } from "vitest";
import { AdamW, decodeRun, encodeRun, restoreRun, TrainLoop } from "./index";

class Net extends Module {
  readonly dropout: Dropout;
  readonly first: Linear;
  readonly second: Linear;

  constructor(readonly rng: Rng) {
    super();
    this.dropout = new Dropout(0.3, rng);
    this.first = new Linear(3, 5, { init: normal(0.5, rng) });
    this.second = new Linear(5, 2, { init: normal(0.5, rng) });
  }
}

/** A run and its losses, from a seed. */
function started(seed: number) {
  const rng = new Rng(seed);
  const model = new Net(rng).train();
  const optimizer = new AdamW({ parameters: model.parameters() });
  const losses: number[] = [];
  const x = randomNormal([4, 3], 0, 1, "float32", 3);
  const loop = new TrainLoop<[]>({
    ...{ model, optimizer, schedule: (step: number) => 0.1 / (1 + step), maxNorm: 1 },
    loss: () =>
      sum(square(model.second.forward(model.dropout.forward(model.first.forward(x))))) as Scalar,
    onStep: ({ loss }) => losses.push(loss),
  });
  const train = async (steps: number) => {
    for (let n = 0; n < steps; n++) await loop.step();
    await loop.settle();
  };
  return { run: { model, optimizer, random: { rng } }, losses, train };
}

test("on webgpu too losses after resuming are bit for bit those of a run that went on", async () => {
  expect(getBackend()).toBe("webgpu");
  const whole = started(1);
  await whole.train(3);
  const bytes = await encodeRun(whole.run);
  await whole.train(3);
  const resumed = started(2);
  restoreRun(decodeRun(bytes), resumed.run);
  await resumed.train(3);
  expect(new Set(whole.losses).size).toBe(6);
  expect(resumed.losses).toEqual(whole.losses.slice(3));
});
