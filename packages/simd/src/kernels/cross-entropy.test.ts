import { grads, randomUniform, type Tensor, tensor, zeros } from "@tensorflow/tfjs-core";
import { type CrossEntropyOptions, softmaxCrossEntropy } from "@tx/ops";
import { describe, expect, test } from "vitest";
import { expectAsOnCpu, expectInBounds } from "../testing/compare";

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

const reductions = ["mean", "sum", "none"] as const;

describe.each(reductions)("reduction %s", (reduction) => {
  test.each([
    [1, 1],
    [7, 2],
    [1, 3],
    [5, 4],
    [11, 5],
    [3, 7],
    [13, 8],
    [2, 9],
    [17, 13],
    [4, 31],
    [67, 65],
    [3, 1000],
  ])("%d rows of %d classes", async (rows, classes) => {
    for (const labelSmoothing of [0, 0.1]) {
      await expectAsOnCpu(() =>
        both(randomUniform([rows, classes], -5, 5, "float32", rows), targetsOf(rows, classes), {
          reduction,
          labelSmoothing,
        }),
      );
    }
  });

  test("no rows", () =>
    expectAsOnCpu(() => both(zeros([2, 0, 5]), zeros([2, 0], "int32"), { reduction })));

  test("none that counts", () =>
    expectAsOnCpu(() =>
      both(randomUniform([3, 5], -1, 1, "float32", 1), tensor([2, 2, 2], [3], "int32"), {
        reduction,
        ignoreIndex: 2,
      }),
    ));

  test("three axes, and one", async () => {
    await expectAsOnCpu(() =>
      both(randomUniform([2, 3, 7], -5, 5, "float32", 2), targetsOf(6, 7, [2, 3]), { reduction }),
    );
    await expectAsOnCpu(() =>
      both(randomUniform([7], -5, 5, "float32", 2), tensor(4, [], "int32"), { reduction }),
    );
  });

  test("stays within its memory", () =>
    expectInBounds(() =>
      both(randomUniform([3, 7], -5, 5, "float32", 3), targetsOf(3, 7), {
        reduction,
        labelSmoothing: 0.1,
      }),
    ));
});

describe("numbers at the limits, each row by itself", () => {
  const rows: [string, number[]][] = [
    ["large", [1e4, 0, -1e4, 1e30, 5]],
    ["larger than float32 can add", [3e38, -3e38, 3e38, 0, 1]],
    ["tiny", [1e-38, -1e-45, 0, -0, 1e-30]],
    ["a class ruled out", [1, -Infinity, 2, -Infinity, 3]],
    ["all but one ruled out", [-Infinity, -Infinity, -Infinity, -Infinity, -2]],
    ["all ruled out", Array(5).fill(-Infinity)],
    ["infinity", [0, 1, Infinity, 2, 3]],
    ["NaN first", [NaN, 1, 2, 3, 4]],
    ["NaN last", [0, 1, 2, 3, NaN]],
  ];
  test.each(rows)("%s", async (_, row) => {
    for (const labelSmoothing of [0, 0.2]) {
      await expectAsOnCpu(() => {
        const targets = tensor([0, 1, 2, 3, 4, -100], [6], "int32");
        const logits = tensor(Array(6).fill(row).flat(), [6, 5], "float32");
        return both(logits, targets, { labelSmoothing, reduction: "none" });
      });
    }
  });

  test("a dy that is no number", () =>
    expectAsOnCpu(() => {
      const logits = randomUniform([4, 5], -1, 1, "float32", 1);
      const targets = tensor([0, 4, -100, 2], [4], "int32");
      const dy = tensor([NaN, Infinity, Infinity, 0]);
      const loss = (x: Tensor): Tensor => softmaxCrossEntropy(x, targets, { reduction: "none" });
      return grads(loss)([logits], dy);
    }));
});

test("a target that is no class neither reads nor writes outside", () =>
  expectAsOnCpu(() =>
    both(
      randomUniform([4, 5], -1, 1, "float32", 1),
      tensor([5, -1, 2 ** 31 - 1, -(2 ** 31)], [4], "int32"),
      { reduction: "none" },
    ),
  ));

test("the mean is over those that count", async () => {
  const loss = softmaxCrossEntropy(zeros([3, 4]), tensor([1, -100, 2], [3], "int32"));
  expect((await loss.data())[0]).toBeCloseTo(Math.log(4), 6);
});
