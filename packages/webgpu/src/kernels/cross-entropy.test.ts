import { grads, randomUniform, type Tensor, tensor, zeros } from "@tensorflow/tfjs-core";
import { type CrossEntropyOptions, softmaxCrossEntropy } from "@tx/ops";
import { describe, expect, test } from "vitest";
import { expectAsOnCpu } from "../testing/compare";

/** The loss and the gradient of the logits, for a dy of the loss's own shape. */
function both(logits: Tensor, targets: Tensor, options: CrossEntropyOptions = {}): Tensor[] {
  const loss: Tensor = softmaxCrossEntropy(logits, targets, options);
  const dy = randomUniform(loss.shape, -2, 2, "float32", 5);
  const [gradient] = grads((x) => softmaxCrossEntropy(x, targets, options))([logits], dy);
  return [loss, gradient!];
}

/** Classes by a stride that is prime to most counts; every fifth is to be ignored. */
const targetsOf = (rows: number, classes: number, shape = [rows]) =>
  tensor(
    Array.from({ length: rows }, (_, n) => (n % 5 === 3 ? -100 : (17 * n) % classes)),
    shape,
    "int32",
  );
const logitsOf = (...shape: number[]) => randomUniform(shape, -5, 5, "float32", shape.length);

const ran = ["TxNoClassAsNaN", "TxSoftmaxCrossEntropy", "TxSoftmaxCrossEntropyGrad"];
const within = { atol: 3e-6 };

describe.each(["mean", "sum", "none"] as const)("reduction %s", (reduction) => {
  test.each([
    [1, 1],
    [7, 2],
    [5, 4],
    [3, 63],
    [4, 64],
    [67, 65],
    [261, 3],
    [3, 1033],
  ])("%d rows of %d classes", async (rows, classes) => {
    for (const labelSmoothing of [0, 0.1]) {
      const options = { reduction, labelSmoothing };
      await expectAsOnCpu(
        () => both(logitsOf(rows, classes), targetsOf(rows, classes), options),
        ran,
        { rtol: 2e-5, atol: 5e-6 },
      );
    }
  });

  test("no rows: the reference", () =>
    expectAsOnCpu(() => both(zeros([2, 0, 5]), zeros([2, 0], "int32"), { reduction: "none" }), []));

  test("none that counts", () =>
    expectAsOnCpu(
      () => both(logitsOf(3, 5), tensor([2, 2, 2], [3], "int32"), { reduction, ignoreIndex: 2 }),
      ran,
    ));

  test("three axes, and one", async () => {
    await expectAsOnCpu(
      () => both(logitsOf(2, 3, 7), targetsOf(6, 7, [2, 3]), { reduction }),
      ran,
      within,
    );
    await expectAsOnCpu(
      () => both(logitsOf(7), tensor(4, [], "int32"), { reduction }),
      ran,
      within,
    );
  });

  test("a target that is no class is NaN, an ignored one is not", async () => {
    const targets = tensor([0, 5, -1, -100], [4], "int32");
    const [loss, gradient] = both(logitsOf(4, 5), targets, { reduction });
    const losses = [...(await loss!.data())].map(Number.isNaN);
    expect(losses).toEqual(reduction === "none" ? [false, true, true, false] : [true]);
    const slopes = [...(await gradient!.data())].map(Number.isNaN);
    const first = reduction !== "none";
    expect(slopes).toEqual([first, true, true, false].flatMap((row) => Array(5).fill(row)));
  });
});

test("logits far apart, and a class ruled out", async () => {
  const rows = [1e4, 0, -1e4, 1e30, 5, 1, -Infinity, 2, -Infinity, 3, 1e-38, -1e-45, 0, -0, 1e-30];
  for (const target of [0, 2, 4]) {
    await expectAsOnCpu(
      () =>
        both(tensor(rows, [3, 5]), tensor([target, target, target], [3], "int32"), {
          reduction: "none",
        }),
      ran,
      within,
    );
  }
});
