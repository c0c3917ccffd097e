import {
  mul,
  type Scalar,
  sum,
  type Tensor1D,
  tensor1d,
  type Variable,
} from "@tensorflow/tfjs-core";
import { Module, parameter } from "@tx/core";
import { expectClose, expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import { AdamW, createTrainStep, type StepReport, TrainLoop } from "./index";
import { TinyGpt, tinyTokens } from "./testing/tiny-gpt";

class Line extends Module {
  readonly weight: Variable = parameter([3], () => tensor1d([0.5, -1, 2]));
}

function lineLoop(onStep?: (report: StepReport) => void) {
  const model = new Line();
  const optimizer = new AdamW({ parameters: model.parameters() });
  const loss = (x: Tensor1D) => sum(mul(model.weight, x)) as Scalar;
  const options = { model, optimizer, loss, schedule: (step: number) => (step + 1) / 100 };
  return { loop: new TrainLoop({ ...options, ...(onStep ? { onStep } : {}) }), model, optimizer };
}

test("tells of each step one step late, and of the last when it is to settle", async () => {
  const told: StepReport[] = [];
  const { loop } = lineLoop((report) => told.push(report));
  const x = tensor1d([1, 2, -1]);
  const counts: number[] = [];
  for (let n = 0; n < 3; n++) {
    await loop.step(x);
    counts.push(told.length);
  }
  await loop.settle();
  await loop.settle();
  expect([...counts, told.length]).toEqual([0, 1, 2, 3]);
  expect(told.map(({ step, rate, skipped }) => [step, rate, skipped])).toEqual([
    [0, 0.01, false],
    [1, 0.02, false],
    [2, 0.03, false],
  ]);
  expect(told[0]!.loss).toBeCloseTo(-3.5, 5);
  expect(told[0]!.gradientNorm).toBeCloseTo(Math.sqrt(6), 5);
});

test("is the train step with its losses read", async () => {
  const runs = [0, 1].map(() => {
    const model = new TinyGpt({ layers: 1 }).train();
    const optimizer = new AdamW({ parameters: model.parameters() });
    return { model, optimizer, loss: model.loss, schedule: () => 0.02, maxNorm: 1 };
  });
  const told: number[] = [];
  const loop = new TrainLoop({ ...runs[0]!, onStep: ({ loss }) => told.push(loss) });
  const step = createTrainStep(runs[1]!);
  const losses: number[] = [];
  for (let n = 0; n < 4; n++) {
    const tokens = tinyTokens(n);
    const promise = loop.step(tokens);
    losses.push(...(await step(tokens).loss.data()));
    tokens.dispose();
    await promise;
  }
  await loop.settle();
  expect(told).toEqual(losses);
});

test("a skipped step is told of by its number, and the next one takes that number", async () => {
  const told: StepReport[] = [];
  const { loop, optimizer } = lineLoop((report) => told.push(report));
  const [good, bad] = [tensor1d([1, 2, -1]), tensor1d([1, Number.NaN, 1])];
  await expectNoLeak(async () => {
    for (const x of [good, bad, good, good]) await loop.step(x);
    await loop.settle();
  });
  expect(told.map(({ step, skipped }) => [step, skipped])).toEqual([
    [0, false],
    [1, true],
    [1, false],
    [2, false],
  ]);
  expect(told[1]!.loss).toBeNaN();
  expect(optimizer.steps).toBe(3);
});

test("an error of the step or of the listener reaches the caller; the loop goes on", async () => {
  let told = 0;
  const { loop, model, optimizer } = lineLoop(({ step }) => {
    told++;
    if (step === 0) throw new Error("enough");
  });
  const x = tensor1d([1, 2, -1]);
  await loop.step(x);
  const before = await model.weight.data();
  await expect(loop.step(tensor1d([1, 2]) as Tensor1D)).rejects.toThrow("shape");
  await expectClose(model.weight, before, { rtol: 0, atol: 0 });
  await expect(loop.step(x)).rejects.toThrow("enough");
  await loop.settle();
  expect([told, optimizer.steps]).toEqual([2, 2]);
});

test("without a listener it only trains, at once", async () => {
  const { loop, optimizer } = lineLoop();
  const x = tensor1d([1, 2, -1]);
  await expectNoLeak(async () => {
    const told = loop.step(x);
    expect(optimizer.steps).toBe(1);
    await told;
    await loop.settle();
  });
  expect(optimizer.steps).toBe(1);
});
