import { type Tensor, tensor } from "@tensorflow/tfjs-core";
import { expectClose, expectGradients } from "@tx/testing";
import { describe, test } from "vitest";
import { classes, gradientOf, logits, numbers, plainLosses, some, sumOf, targetsOf } from "./cases";
import { softmaxCrossEntropy } from "./softmax-cross-entropy";

describe.each([0, 0.1])("z-loss, label smoothing %d", (labelSmoothing) => {
  const zLoss = 0.3;
  const options = { labelSmoothing, zLoss };
  const losses = plainLosses(numbers([2, 3, classes]), some, { labelSmoothing }).map((loss, n) => {
    const row = numbers([2, 3, classes]).slice(n * classes, (n + 1) * classes);
    const logSum = Math.log(row.reduce((sum, logit) => sum + Math.exp(logit), 0));
    return some[n] === -100 ? 0 : loss + zLoss * logSum ** 2;
  });

  test("adds log² Z to what counts, each, summed and as a mean", async () => {
    const run = (reduction: "mean" | "sum" | "none"): Tensor =>
      softmaxCrossEntropy(logits(), targetsOf(some), { ...options, reduction });
    await expectClose(run("none"), losses);
    await expectClose(run("sum"), [sumOf(losses)]);
    await expectClose(run("mean"), [sumOf(losses) / 4]);
  });

  test.each(["mean", "sum", "none"] as const)("gradient, reduction %s", (reduction) =>
    expectGradients(
      (x) => softmaxCrossEntropy(x, targetsOf(some), { ...options, reduction }),
      [logits()],
    ),
  );
});

test("the z-loss of large logits does not overflow, that of ignored rows is 0", async () => {
  const x = tensor([1e4, 0, NaN, Infinity], [2, 2]);
  const options = { zLoss: 0.5, reduction: "none" } as const;
  const targets = targetsOf([0, -100], [2]);
  await expectClose(softmaxCrossEntropy(x, targets, options), [0.5 * 1e8, 0]);
  await expectClose(gradientOf(x, targets, options), [1e4, 0, 0, 0]);
});
