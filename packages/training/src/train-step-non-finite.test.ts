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
import { AdamW, createTrainStep, type TrainStepOptions } from "./index";

class Line extends Module {
  readonly weight: Variable = parameter([3], () => tensor1d([0.5, -1, 2]));
}

function made(more: Partial<TrainStepOptions<[Tensor1D]>> = {}) {
  const model = new Line();
  const optimizer = new AdamW({ parameters: model.parameters(), decays: () => true });
  const schedule = Object.assign((step: number) => step / 10, { firstStep: 1 });
  const loss = (x: Tensor1D) => sum(mul(model.weight, x)) as Scalar;
  const step = createTrainStep({ model, optimizer, schedule, loss, maxNorm: 1, ...more });
  const numbers = () =>
    Promise.all([model.weight, ...optimizer.state().values()].map((x) => x.array()));
  return { model, optimizer, step, numbers };
}

/** Of losses of finite gradients too. */
const BAD: [string, number[]][] = [
  ["NaN", [1, Number.NaN, 1]],
  ["Infinity", [1, Number.POSITIVE_INFINITY, 1]],
  ["a norm too large for float32", [3e38, -3e38, 3e38]],
];

test.each(BAD)("an update of %s is skipped, and the next one goes on", async (_, numbers) => {
  const [one, other] = [made(), made()];
  const [good, bad] = [tensor1d([1, 2, 3]), tensor1d(numbers)];
  for (const { step } of [one, other]) step(good);
  const before = await one.numbers();
  await expectNoLeak(() => {
    const result = one.step(bad);
    expect(result).toMatchObject({ step: 2, rate: 0.2, skipped: true });
    result.loss.dispose();
    result.gradientNorm.dispose();
  });
  expect(await one.numbers()).toEqual(before);
  expect(one.optimizer.steps).toBe(1);
  expect(one.step(good)).toMatchObject({ step: 2, rate: 0.2, skipped: false });
  other.step(good);
  expect(await one.numbers()).toEqual(await other.numbers());
});

/** Counts what it saw in a variable that is not trained, as batch norm does. */
class Counting extends Line {
  readonly seen: Variable = tidy(() => variable(zeros([3]), false));

  loss(x: Tensor1D): Scalar {
    tidy(() => this.seen.assign(add(this.seen, x)));
    return sum(mul(this.weight, x));
  }
}

test("what the pass forward changed is taken back with the update, and where it throws", async () => {
  const model = new Counting();
  const { step } = made({ model, loss: (x: Tensor1D) => model.loss(x) });
  const failing = made({
    model,
    loss: (x: Tensor1D) => {
      model.loss(x);
      throw new Error("stop");
    },
  });
  const [good, bad] = [tensor1d([1, 2, 3]), tensor1d([1, Number.NaN, 1])];
  await expectNoLeak(() => {
    for (const x of [good, bad, good]) {
      const { loss, gradientNorm } = step(x);
      loss.dispose();
      gradientNorm.dispose();
    }
    expect(() => failing.step(good)).toThrow("stop");
  });
  expect([...(await model.seen.data())]).toEqual([2, 4, 6]);
});

test("a loss that is not finite is enough, whatever its gradients", async () => {
  const model = new Line();
  const huge = (x: Tensor1D) => mul(sum(mul(model.weight, x)), 1e38) as Scalar;
  const { step, optimizer } = made({ model, loss: huge });
  const given = tensor1d([3, -3, 3]);
  const { loss, skipped } = step(given);
  expect([...(await loss.data())]).toEqual([Number.POSITIVE_INFINITY]);
  expect(skipped).toBe(true);
  expect(optimizer.steps).toBe(0);
});

test('with nonFinite "apply" the update is made as it comes', async () => {
  const { step, optimizer, numbers } = made({ nonFinite: "apply" });
  expect(step(tensor1d([1, Number.NaN, 1])).skipped).toBe(false);
  expect(optimizer.steps).toBe(1);
  expect((await numbers()).flat()).toEqual(Array(9).fill(Number.NaN));
});

test("refuses another word", () => {
  expect(() => made({ nonFinite: "stop" as "skip" })).toThrow(
    new RangeError('nonFinite: expected "skip" or "apply", got "stop"'),
  );
});
