import { type Tensor, tensor, zeros } from "@tensorflow/tfjs-core";
import { expectClose, expectGradients, expectNoLeak } from "@tx/testing";
import { describe, expect, test } from "vitest";
import { ShapeError } from "../shapes";
import {
  classes,
  gradientOf,
  logits,
  numbers,
  plainLoss,
  plainLosses,
  some,
  sumOf,
  targetsOf,
} from "./cases";
import { type CrossEntropyOptions, softmaxCrossEntropy } from "./softmax-cross-entropy";

describe.each([0, 0.1, 0.9])("label smoothing %d", (labelSmoothing) => {
  const losses = plainLosses(numbers([2, 3, classes]), some, { labelSmoothing });

  test("numbers: each, sum, and the mean of those that count", async () => {
    const run = (reduction?: "mean" | "sum" | "none"): Tensor =>
      softmaxCrossEntropy(logits(), targetsOf(some), {
        labelSmoothing,
        ...(reduction && { reduction }),
      });
    expect(run("none").shape).toEqual([2, 3]);
    await expectClose(run("none"), losses);
    expect(run("sum").shape).toEqual([]);
    await expectClose(run("sum"), [sumOf(losses)]);
    await expectClose(run("mean"), [sumOf(losses) / 4]);
    await expectClose(run(), [sumOf(losses) / 4]);
  });

  test.each(["mean", "sum", "none"] as const)("gradient, reduction %s", (reduction) =>
    expectGradients(
      (x) => softmaxCrossEntropy(x, targetsOf(some), { labelSmoothing, reduction }),
      [logits()],
    ),
  );
});

test.each([
  [[classes], [2]],
  [
    [4, classes],
    [2, 0, 4, 1],
  ],
] as [number[], number[]][])("logits of %j", async (shape, targets) => {
  const options = { reduction: "none" } as const;
  const lead = shape.slice(0, -1);
  const loss: Tensor = softmaxCrossEntropy(logits(shape), targetsOf(targets, lead), options);
  expect(loss.shape).toEqual(lead);
  await expectClose(loss, plainLosses(numbers(shape), targets));
  await expectGradients(
    (x) => softmaxCrossEntropy(x, targetsOf(targets, lead), options),
    [logits(shape)],
  );
});

test("ignores another index, also one that is a class", async () => {
  const losses = plainLosses(numbers([2, 3, classes]), [4, 0, 0, 2, 3, 0], { ignoreIndex: 0 });
  const run = (x: Tensor): Tensor =>
    softmaxCrossEntropy(x, targetsOf([4, 0, 0, 2, 3, 0]), { ignoreIndex: 0 });
  await expectClose(run(logits()), [sumOf(losses) / 3]);
  await expectGradients(run, [logits()]);
});

test.each(["mean", "sum"] as const)(
  "with none that counts the %s and its gradient are 0",
  async (reduction) => {
    const targets = targetsOf(Array(6).fill(-100));
    await expectClose(softmaxCrossEntropy(logits(), targets, { reduction }), [0]);
    const gradient = gradientOf(logits(), targets, { reduction });
    await expectClose(gradient, Array(30).fill(0), { rtol: 0, atol: 0 });
  },
);

test("large logits neither overflow nor lose the loss", async () => {
  const x = tensor([1e4, 0, -1e4, 1e30, -1e30, 0, 1e4 + 1, 1e4, 0], [3, 3]);
  const targets = targetsOf([1, 0, 1], [3]);
  const loss = softmaxCrossEntropy(x, targets, { reduction: "none" });
  await expectClose(loss, [1e4, 0, 1 + Math.log1p(Math.exp(-1))]);
  const share = 1 / (1 + Math.E);
  await expectClose(gradientOf(x, targets), [1, -1, 0, 0, 0, 0, 1 - share, share - 1, 0]);
});

describe("a logit of −Infinity", () => {
  const x = () => tensor([1, -Infinity, 2, -Infinity, 3, 4], [2, 3]);

  test("rules out its class", async () => {
    const targets = targetsOf([0, 2], [2]);
    const wanted = [Math.log1p(Math.E), Math.log1p(Math.exp(-1))];
    await expectClose(softmaxCrossEntropy(x(), targets, { reduction: "none" }), wanted);
    const [a, b] = [1 / (1 + Math.exp(-1)), 1 / (1 + Math.E)];
    await expectClose(gradientOf(x(), targets), [-a, 0, a, 0, b, -b]);
  });

  test("in an ignored row is ignored, whatever the smoothing", async () => {
    const targets = targetsOf([-100, 2], [2]);
    for (const labelSmoothing of [0, 0.1]) {
      const options = { labelSmoothing, reduction: "none" } as const;
      const losses = softmaxCrossEntropy(
        tensor([1, -Infinity, 2, 5, 3, 4], [2, 3]),
        targets,
        options,
      );
      const wanted = plainLoss([5, 3, 4], 2, { labelSmoothing });
      await expectClose(losses, [0, wanted]);
    }
  });
});

test("an ignored row has no gradient, whatever it holds; a row that counts has its own", async () => {
  const x = tensor([NaN, Infinity, 1, 5, 3, 4], [2, 3]);
  const targets = targetsOf([-100, 1], [2]);
  const weights = [5, 3, 4].map((logit) => Math.exp(logit - 5));
  const wanted = weights.map((weight, j) => weight / sumOf(weights) - (j === 1 ? 1 : 0));
  for (const reduction of ["mean", "sum"] as const) {
    await expectClose(softmaxCrossEntropy(x, targets, { reduction }), [
      plainLoss([5, 3, 4], 1, {}),
    ]);
    await expectClose(gradientOf(x, targets, { reduction }), [0, 0, 0, ...wanted]);
  }
});

test("one class is certain", async () => {
  const targets = targetsOf([0, -100, 0], [3]);
  const x = tensor([3, 1, -2], [3, 1]);
  await expectClose(softmaxCrossEntropy(x, targets, { labelSmoothing: 0.5 }), [0]);
  await expectClose(gradientOf(x, targets), [0, 0, 0]);
});

test.each(["mean", "sum", "none"] as const)("no rows, reduction %s", async (reduction) => {
  const [x, targets] = [zeros([2, 0, classes]), zeros([2, 0], "int32")];
  const loss: Tensor = softmaxCrossEntropy(x, targets, { reduction });
  if (reduction === "none") expect(loss.shape).toEqual([2, 0]);
  else await expectClose(loss, [0]);
  expect(gradientOf(x, targets, { reduction }).shape).toEqual([2, 0, classes]);
  await expectNoLeak(() => {
    softmaxCrossEntropy(x, targets, { reduction, zLoss: 0.1 }).dispose();
  });
});

describe("refuses, and leaves nothing behind", () => {
  const int = (shape: number[]) => zeros(shape, "int32");
  test.each<[string, Tensor, Tensor, CrossEntropyOptions, Error]>([
    ["a scalar", zeros([]), int([]), {}, new ShapeError("logits: expected [..., classes], got []")],
    [
      "targets of another shape",
      zeros([2, 3, 5]),
      int([3, 2]),
      {},
      new ShapeError("targets: expected [2, 3] for logits of [2, 3, 5], got [3, 2]"),
    ],
    [
      "float targets",
      zeros([2, 5]),
      zeros([2]),
      {},
      new RangeError("targets: expected int32, got float32"),
    ],
    [
      "whole logits",
      zeros([2, 5], "int32"),
      int([2]),
      {},
      new RangeError("logits: expected float32, got int32"),
    ],
    [
      "an ignored half",
      zeros([2, 5]),
      int([2]),
      { ignoreIndex: 0.5 },
      new RangeError("ignoreIndex: expected a whole number, got 0.5"),
    ],
    [
      "all smoothed",
      zeros([2, 5]),
      int([2]),
      { labelSmoothing: 1 },
      new RangeError("labelSmoothing: expected a number in [0, 1), got 1"),
    ],
    [
      "negative smoothing",
      zeros([2, 5]),
      int([2]),
      { labelSmoothing: -0.1 },
      new RangeError("labelSmoothing: expected a number in [0, 1), got -0.1"),
    ],
    [
      "a negative z-loss",
      zeros([2, 5]),
      int([2]),
      { zLoss: -1e-4 },
      new RangeError("zLoss: expected a number from 0, got -0.0001"),
    ],
    [
      "another reduction",
      zeros([2, 5]),
      int([2]),
      { reduction: "max" as "mean" },
      new RangeError('reduction: expected "mean", "sum" or "none", got "max"'),
    ],
  ])("%s", async (_, logits, targets, options, error) => {
    await expectNoLeak(() => {
      expect(() => softmaxCrossEntropy(logits, targets, options)).toThrow(error);
    });
  });
});
