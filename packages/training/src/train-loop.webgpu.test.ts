import {
  add,
  mul,
  type Scalar,
  sum,
  type Tensor1D,
  tensor1d,
  tidy,
  type Variable,
  variable,
  zeros,
} from "@tensorflow/tfjs-core";
import { Module, parameter } from "@tx/core";
import { expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import { AdamW, type StepReport, TrainLoop } from "./index";

class Line extends Module {
  readonly weight: Variable = parameter([3], () => tensor1d([0.5, -1, 2]));
  /** Not trained: the pass forward changes it. */
  readonly seen: Variable = tidy(() => variable(zeros([3]), false));

  loss(x: Tensor1D): Scalar {
    tidy(() => this.seen.assign(add(this.seen, x)));
    return sum(mul(this.weight, x));
  }
}

test.each([
  ["NaN", [1, Number.NaN, 1]],
  ["Infinity", [1, Number.POSITIVE_INFINITY, 1]],
])("on webgpu an update of %s is taken back on the device, and told of", async (_, numbers) => {
  const told: StepReport[] = [];
  const model = new Line();
  const optimizer = new AdamW({ parameters: model.parameters(), decays: () => true });
  const loop = new TrainLoop({
    ...{ model, optimizer, schedule: () => 0.1, maxNorm: 1 },
    loss: (x: Tensor1D) => model.loss(x),
    onStep: (report) => told.push(report),
  });
  const live = () => [model.weight, model.seen, ...optimizer.state().values()];
  const read = () => Promise.all(live().map(async (x) => [...(await x.data())]));
  const [good, bad] = [tensor1d([1, 2, 3]), tensor1d(numbers)];
  await loop.step(good);
  await loop.settle();
  const before = await read();
  await expectNoLeak(async () => {
    await loop.step(bad);
    await loop.settle();
  });
  expect(await read()).toEqual(before);
  expect(optimizer.steps).toBe(1);
  // The step after is on its way when it becomes known; from there on the count is right.
  for (const x of [bad, good, good]) await loop.step(x);
  await loop.settle();
  expect(told.map(({ step, skipped }) => [step, skipped])).toEqual([
    [0, false],
    [1, true],
    [1, true],
    [2, false],
    [2, false],
  ]);
  expect(optimizer.steps).toBe(3);
  expect((await read())[0]).not.toEqual(before[0]);
  expect((await read()).flat().every(Number.isFinite)).toBe(true);
});
