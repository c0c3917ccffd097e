import {
  add,
  clone,
  getBackend,
  getKernel,
  mul,
  profile,
  type Scalar,
  square,
  sub,
  sum,
  type Tensor,
  type Tensor1D,
  tensor1d,
  type Variable,
} from "@tensorflow/tfjs-core";
import { Module, parameter } from "@tx/core";
import { expectClose, expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import { AdamW, createTrainStep, type Optimizer, type RateOfStep } from "./index";

const [WEIGHT, BIAS, X, Y] = [
  [0.5, -1, 2],
  [0.1, 0.2, -0.3],
  [1, 2, -1],
  [3, 0, 1],
];
const EXACT = { rtol: 0, atol: 0 };

class Line extends Module {
  readonly weight: Variable = parameter([3], () => tensor1d(WEIGHT));
  readonly bias: Variable = parameter([3], () => tensor1d(BIAS));
}

/** Σ (weight · x + bias − y)² */
const lossOf = (model: Line) => (x: Tensor1D, y: Tensor1D) =>
  sum(square(sub(add(mul(model.weight, x), model.bias), y))) as Scalar;
const errors = X.map((x, i) => WEIGHT[i]! * x + BIAS[i]! - Y[i]!);
const wantedLoss = errors.reduce((total, error) => total + error ** 2, 0);
const wantedGradients = {
  weight: errors.map((error, i) => 2 * error * X[i]!),
  bias: errors.map((error) => 2 * error),
};
const wantedNorm = Math.sqrt(
  Object.values(wantedGradients)
    .flat()
    .reduce((total, x) => total + x * x, 0),
);
const batch = () => [tensor1d(X), tensor1d(Y)] as const;

/** Notes what it is given and changes nothing. */
function recorder(steps = 0) {
  const calls: { gradients: Map<string, Tensor>; rate: number; scale: Tensor | undefined }[] = [];
  const optimizer: Optimizer = {
    get steps() {
      return steps;
    },
    step(gradients, rate, gradientScale) {
      steps++;
      const copies = new Map([...gradients].map(([path, gradient]) => [path, clone(gradient)]));
      calls.push({ gradients: copies, rate, scale: gradientScale && clone(gradientScale) });
    },
    state: () => new Map(),
    loadState: () => {},
    dispose: () => {},
  };
  return { optimizer, calls };
}

const schedule = (firstStep?: number): RateOfStep =>
  Object.assign((step: number) => step / 10, firstStep === undefined ? {} : { firstStep });

test("hands the loss's gradients to the optimizer, and tells loss, norm and rate", async () => {
  const model = new Line();
  const { optimizer, calls } = recorder(3);
  const step = createTrainStep({ model, loss: lossOf(model), optimizer, schedule: schedule() });
  const { loss, gradientNorm, rate } = step(...batch());
  await expectClose(loss, [wantedLoss]);
  await expectClose(gradientNorm, [wantedNorm]);
  expect(rate).toBe(0.3);
  expect(calls).toMatchObject([{ rate: 0.3, scale: undefined }]);
  const [{ gradients }] = calls as [(typeof calls)[number]];
  expect([...gradients.keys()]).toEqual(["weight", "bias"]);
  await expectClose(gradients.get("weight")!, wantedGradients.weight);
  await expectClose(gradients.get("bias")!, wantedGradients.bias);
});

test("clips by a coefficient, and tells the norm before", async () => {
  const model = new Line();
  const { optimizer, calls } = recorder();
  const options = { model, loss: lossOf(model), optimizer, schedule: schedule() };
  const { gradientNorm } = createTrainStep({ ...options, maxNorm: 2 })(...batch());
  createTrainStep({ ...options, maxNorm: 1000 })(...batch());
  await expectClose(gradientNorm, [wantedNorm]);
  await expectClose(calls[0]!.scale!, [2 / (wantedNorm + 1e-6)]);
  await expectClose(calls[1]!.scale!, [1]);
  await expectClose(calls[0]!.gradients.get("bias")!, wantedGradients.bias);
});

test("counts updates from the schedule's first step, and goes on where the optimizer is", () => {
  const model = new Line();
  const rates = (first: number | undefined, done: number) => {
    const { optimizer, calls } = recorder(done);
    const loss = lossOf(model);
    const step = createTrainStep({ model, loss, optimizer, schedule: schedule(first) });
    for (let n = 0; n < 3; n++) step(...batch());
    return calls.map(({ rate }) => rate);
  };
  expect(rates(undefined, 0)).toEqual([0, 0.1, 0.2]);
  expect(rates(0, 0)).toEqual([0, 0.1, 0.2]);
  expect(rates(1, 0)).toEqual([0.1, 0.2, 0.3]);
  expect(rates(1, 6)).toEqual([0.7, 0.8, 0.9]);
});

test("updates the model as the optimizer would by hand", async () => {
  const [model, other] = [new Line(), new Line()];
  const optimizer = new AdamW({ parameters: model.parameters() });
  const byHand = new AdamW({ parameters: other.parameters() });
  createTrainStep({ model, loss: lossOf(model), optimizer, schedule: () => 0.1 })(...batch());
  byHand.step(
    new Map([
      ["weight", tensor1d(wantedGradients.weight)],
      ["bias", tensor1d(wantedGradients.bias)],
    ]),
    0.1,
  );
  await expectClose(model.weight, other.weight);
  await expectClose(model.bias, other.bias);
});

test("leaves loss and norm only; the batch stays the caller's", async () => {
  const model = new Line();
  const optimizer = new AdamW({ parameters: model.parameters() });
  const options = { model, loss: lossOf(model), optimizer, schedule: () => 0.1, maxNorm: 1 };
  const step = createTrainStep(options);
  const [x, y] = batch();
  await expectNoLeak(() => {
    const { loss, gradientNorm } = step(x, y);
    loss.dispose();
    gradientNorm.dispose();
  });
  expect([x.isDisposed, y.isDisposed]).toEqual([false, false]);
});

test.runIf(getKernel("TxAdamW", getBackend()))(
  "where the engine has the kernels, it runs one for the norm, one to clip, one a parameter",
  async () => {
    const model = new Line();
    const optimizer = new AdamW({ parameters: model.parameters() });
    const options = { model, loss: lossOf(model), optimizer, schedule: () => 0.1, maxNorm: 1 };
    const step = createTrainStep(options);
    const given = batch();
    const { kernels } = await profile(() => step(...given).loss);
    const names = kernels.map(({ name }) => name);
    const update = ["TxGlobalNorm", "TxClipCoefficient", "TxAdamW", "TxAdamW"];
    expect(names.slice(names.indexOf("TxGlobalNorm"))).toEqual(update);
  },
);

/** A step that is to throw, on a model that is to stay as it was. */
async function expectRefused(
  options: Partial<Parameters<typeof createTrainStep<readonly [Tensor1D, Tensor1D]>>[0]>,
  message: string | Error,
  model = new Line(),
): Promise<void> {
  const optimizer = new AdamW({ parameters: model.parameters() });
  const loss = lossOf(model);
  const step = createTrainStep<readonly [Tensor1D, Tensor1D]>({
    ...{ model, loss, optimizer, schedule: () => 0.1, maxNorm: 1 },
    ...options,
  });
  const given = batch();
  await expectNoLeak(() => {
    expect(() => step(...given)).toThrow(message);
  });
  expect(optimizer.steps).toBe(0);
  await expectClose(model.weight, WEIGHT, EXACT);
  await expectClose(model.bias, Float32Array.from(BIAS), EXACT);
  await expectClose(optimizer.state().get("weight.firstMoment")!, [0, 0, 0], EXACT);
}

test("a parameter without a gradient is refused: nothing changed, nothing left", async () => {
  const model = new Line();
  await expectRefused(
    { loss: (x) => sum(mul(model.weight, x)) as Scalar },
    new RangeError("loss: expected every parameter to have a part in it, got none of bias"),
    model,
  );
  await expectRefused(
    { loss: (x) => sum(x) as Scalar },
    "Cannot find a connection between any variable and the result of the loss function y=f(x).",
  );
});

test("whatever throws, nothing is changed and nothing is left", async () => {
  const model = new Line();
  const whole = lossOf(model);
  await expectRefused(
    {
      loss: (x, y) => {
        whole(x, y);
        throw new Error("data: expected more, got none");
      },
    },
    "data: expected more, got none",
    model,
  );
  await expectRefused({ schedule: () => Number.NaN }, "rate: expected a number, got NaN");
  await expectRefused({ maxNorm: 0 }, "maxNorm: expected a positive number, got 0");
  await expectRefused(
    {
      schedule: () => {
        throw new RangeError("step: expected a whole number from 1, got 0");
      },
    },
    "step: expected a whole number from 1, got 0",
  );
  const stranger = new AdamW({ parameters: new Map([["gain", new Line().weight]]) });
  await expectRefused(
    { optimizer: stranger },
    "gradients: expected a parameter's path, got weight",
  );
});
