import {
  engine,
  getBackend,
  randomUniform,
  type Scalar,
  slice,
  type Tensor,
  type Tensor2D,
  tensor,
  tensor2d,
} from "@tensorflow/tfjs-core";
import { Dropout, Linear, Module, normal, Rng } from "@tx/core";
import { softmaxCrossEntropy } from "@tx/ops";
import { expectClose, expectNoLeak } from "@tx/testing";
import { expect, test, vi } from "vitest";
import {
  accumulateGradients,
  countTargets,
  Sgd,
  type StepReport,
  TrainLoop,
  type TrainLoopOptions,
} from "./index";

const [ROWS, SEQ, WIDTH, CLASSES] = [5, 3, 4, 7];
/** Rows with 3, 0, 1, 2 and 3 targets that count: in two parts 4 and 5, in three 3, 3 and 3. */
const TARGETS = [1, 2, 6, -100, -100, -100, -100, 0, -100, 5, -100, 3, 4, 4, 2];

class Net extends Module {
  readonly rng = new Rng(5);
  readonly inner = new Linear(WIDTH, 6, { init: normal(0.5, this.rng) });
  readonly outer = new Linear(6, CLASSES, { init: normal(0.5, this.rng) });
  readonly dropout: Dropout;

  constructor(dropout: number) {
    super();
    this.dropout = new Dropout(dropout, this.rng);
  }

  readonly loss = (x: Tensor, targets: Tensor2D): Scalar =>
    softmaxCrossEntropy(
      this.outer.forward(this.dropout.forward(this.inner.forward(x))),
      targets as Tensor,
      { labelSmoothing: 0.1 },
    );
}

type Batch = [Tensor, Tensor2D];

const batch = (): Batch => [
  randomUniform([ROWS, SEQ, WIDTH], -1, 1, "float32", 3),
  tensor2d(TARGETS, [ROWS, SEQ], "int32"),
];
const counted = { count: (_: Tensor, targets: Tensor2D) => countTargets(targets) };

function made(more: Partial<TrainLoopOptions<Batch>> = {}, dropout = 0) {
  const model = new Net(dropout).train();
  const optimizer = new Sgd({ parameters: model.parameters(), momentum: 0.9 });
  const told: StepReport[] = [];
  const loop = new TrainLoop<Batch>({
    ...{ model, optimizer, loss: model.loss, schedule: (step: number) => 0.5 / (step + 1) },
    onStep: (report) => told.push(report),
    ...more,
  });
  const train = async (...batches: Batch[]) => {
    for (const one of batches) await loop.step(...one);
    await loop.settle();
  };
  return { model, optimizer, told, train };
}

async function expectSame(one: ReturnType<typeof made>, other: ReturnType<typeof made>) {
  for (const [path, parameter] of one.model.parameters()) {
    await expectClose(parameter, other.model.parameters().get(path)!, { rtol: 1e-4, atol: 1e-5 });
  }
  expect(one.optimizer.steps).toBe(other.optimizer.steps);
  for (const [n, { loss, gradientNorm, ...rest }] of one.told.entries()) {
    expect(other.told[n]).toMatchObject(rest);
    expect(other.told[n]!.loss).toBeCloseTo(loss, 5);
    expect(other.told[n]!.gradientNorm).toBeCloseTo(gradientNorm, 4);
  }
}

test.each([
  ["", {}],
  [", clipped by the norm", { maxNorm: 0.1 }],
  [", clipped by value", { maxValue: 0.02 }],
])("updates in parts are those of the whole batch, rates too%s", async (_, clipping) => {
  const whole = made(clipping);
  await whole.train(batch(), batch(), batch());
  expect(whole.told.map(({ rate }) => rate)).toEqual([0.5, 0.25, 0.5 / 3]);
  // An emulated GPU takes seconds for each number of parts.
  for (const microBatches of getBackend() === "webgpu" ? [3] : [1, 2, 3, 9]) {
    const parts = made({ ...clipping, ...counted, microBatches });
    await parts.train(batch(), batch(), batch());
    await expectSame(whole, parts);
  }
});

test("without a count parts weigh by their rows", async () => {
  const targets = tensor2d(
    TARGETS.map((target) => Math.max(0, target)),
    [ROWS, SEQ],
    "int32",
  );
  const full: Batch = [batch()[0], targets];
  const [whole, parts] = [made(), made({ microBatches: 3 })];
  await whole.train(full, full);
  await parts.train(full, full);
  await expectSame(whole, parts);
});

test("with dropout each part has the next mask, as where parts are added up by hand", async () => {
  const [one, other] = [made({ ...counted, microBatches: 2 }, 0.5), made({}, 0.5)];
  const [x, targets] = batch();
  await one.train([x, targets]);
  const spans: [number, number, number][] = [
    [0, 3, 4],
    [3, 2, 5],
  ];
  const { value } = accumulateGradients(
    spans.map(([start, rows, count]) => ({
      count,
      loss: () =>
        other.model.loss(
          slice(x, [start, 0, 0], [rows, SEQ, WIDTH]),
          slice(targets, [start, 0], [rows, SEQ]),
        ),
    })),
    other.model.parameters(),
  );
  await expectClose(value, [one.told[0]!.loss], { rtol: 0, atol: 0 });
  expect(one.model.rng.state).toEqual(other.model.rng.state);
});

test("one part that is not finite skips the update of all", async () => {
  const parts = made({ ...counted, microBatches: 3, maxNorm: 1 });
  const [x, targets] = batch();
  await parts.train([x, targets]);
  const live = () => [
    ...parts.model.parameters().values(),
    ...(parts.optimizer.state().values() as Iterable<Tensor>),
  ];
  const read = () => Promise.all(live().map(async (tensor) => [...(await tensor.data())]));
  const before = await read();
  const numbers = await x.data();
  numbers[numbers.length - 1] = Number.NaN;
  await parts.train([tensor(numbers, x.shape), targets]);
  expect(parts.told.map(({ skipped }) => skipped)).toEqual([false, true]);
  expect(await read()).toEqual(before);
  expect(parts.optimizer.steps).toBe(1);
});

test("nothing is left behind, nothing but loss and norm is read, the count's tensor stays", async () => {
  const given = batch();
  const own = countTargets(given[1]);
  for (const options of [counted, { count: () => own }, {}]) {
    const parts = made({ ...options, microBatches: 2, maxNorm: 1, nonFinite: "apply" });
    await parts.train(given);
    const read = vi.spyOn(engine(), "read");
    const readSync = vi.spyOn(engine(), "readSync");
    await expectNoLeak(() => parts.train(given));
    // Loss and norm, stacked.
    expect([read.mock.calls.length, readSync.mock.calls.length]).toEqual([1, 0]);
    read.mockRestore();
    readSync.mockRestore();
  }
  expect([own, ...given].map(({ isDisposed }) => isDisposed)).toEqual([false, false, false]);
});

test("whatever throws leaves nothing behind and the model as it was", async () => {
  const given = batch();
  const short: Batch = [given[0], tensor2d([1, 2, 3], [1, 3], "int32")];
  const failing = () => {
    throw new Error("no more");
  };
  const parts = made({ ...counted, microBatches: 2 });
  const late = made({ count: () => 1.5, microBatches: 2 });
  const bad = made({ count: failing, microBatches: 2 });
  await expectNoLeak(async () => {
    await expect(parts.train(short)).rejects.toThrow(
      "microBatches: expected tensors of as many rows each, got [5, 3, 4] and [1, 3]",
    );
    await expect(late.train(given)).rejects.toThrow(
      "parts[0].count: expected a whole number from 0, got 1.5",
    );
    await expect(bad.train(given)).rejects.toThrow("no more");
  });
  expect([parts, late, bad].map(({ optimizer }) => optimizer.steps)).toEqual([0, 0, 0]);
});

test.each([
  [{ microBatches: 0 }, "microBatches: expected a whole number from 1, got 0"],
  [{ microBatches: 1.5 }, "microBatches: expected a whole number from 1, got 1.5"],
  [counted, "count: expected microBatches beside it, got none"],
  [{ maxNorm: 1, maxValue: 1 }, "maxValue: expected no maxNorm beside it, got both"],
])("refuses %o", (options, message) => {
  expect(() => made(options)).toThrow(new RangeError(message));
});
