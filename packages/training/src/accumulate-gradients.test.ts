import {
  add,
  mul,
  type Scalar,
  slice,
  square,
  sum,
  type Tensor,
  type Tensor2D,
  tensor1d,
  tensor2d,
  zeros,
} from "@tensorflow/tfjs-core";
import { parameter, ShapeError } from "@tx/core";
import { linear, softmaxCrossEntropy } from "@tx/ops";
import { expectClose } from "@tx/testing";
import { describe, expect, test } from "vitest";
import {
  accumulateGradients,
  countTargets,
  type MicroBatch,
  type ValueAndGradients,
  valueAndGradients,
} from "./index";
import { expectNothingLeft } from "./testing/expect-nothing-left";

const [ROWS, WIDTH, CLASSES] = [7, 3, 5];
/** Parts with 2, 0, 1 and 2 targets that count. */
const TARGETS = [4, 1, -100, 0, -100, 2, 3];
const PARTS = [
  [0, 2],
  [2, 1],
  [3, 2],
  [5, 2],
] as const;
const COUNTS = [2, 0, 1, 2];

const numbers = (length: number, phase: number) =>
  Array.from({ length }, (_, i) => Math.sin(3 * i + phase));
const x = () => tensor2d(numbers(ROWS * WIDTH, 1), [ROWS, WIDTH]);
const parametersOf = () => ({
  kernel: parameter([WIDTH, CLASSES], () =>
    tensor2d(numbers(WIDTH * CLASSES, 2), [WIDTH, CLASSES]),
  ),
  bias: parameter([CLASSES], () => tensor1d(numbers(CLASSES, 3))),
});
type Parameters = ReturnType<typeof parametersOf>;

const loss = (own: Parameters, rows: Tensor2D, targets: Tensor): Scalar =>
  softmaxCrossEntropy(linear(rows, own.kernel as Tensor as Tensor2D, own.bias as never), targets, {
    labelSmoothing: 0.1,
    zLoss: 0.01,
  });

const partsOf = (own: Parameters, countOf: (n: number) => number | Scalar): MicroBatch[] =>
  PARTS.map(([start, rows], n) => ({
    count: countOf(n),
    loss: () =>
      loss(
        own,
        slice(x(), [start, 0], [rows, WIDTH]),
        tensor1d(TARGETS.slice(start, start + rows), "int32"),
      ),
  }));

function disposeAll({ value, gradients }: ValueAndGradients): void {
  for (const tensor of [value, ...gradients.values()]) tensor.dispose();
}

describe.each(["number", "scalar"])("counts as a %s", (kind) => {
  test("parts of a batch have its loss and its gradients, and leave nothing else", async () => {
    const own = parametersOf();
    const parameters = new Map(Object.entries(own));
    const whole = valueAndGradients(() => loss(own, x(), tensor1d(TARGETS, "int32")), parameters);
    const counts = PARTS.map(([start, rows], n) =>
      kind === "number"
        ? COUNTS[n]!
        : countTargets(tensor1d(TARGETS.slice(start, start + rows), "int32")),
    );
    await expectNothingLeft(async () => {
      const total = accumulateGradients(
        partsOf(own, (n) => counts[n]!),
        parameters,
      );
      await expectClose(total.value, whole.value);
      expect([...total.gradients.keys()]).toEqual(["kernel", "bias"]);
      for (const [path, gradient] of whole.gradients) {
        await expectClose(total.gradients.get(path)!, gradient);
      }
      disposeAll(total);
    });
  });

  test("without any target that counts all is 0", async () => {
    const own = parametersOf();
    const none = () => (kind === "number" ? 0 : (zeros([]) as Scalar));
    const parts: MicroBatch[] = [0, 1].map(() => ({
      count: none(),
      loss: () => loss(own, zeros([2, WIDTH]), tensor1d([-100, -100], "int32")),
    }));
    const total = accumulateGradients(parts, new Map(Object.entries(own)));
    await expectClose(total.value, [0]);
    await expectClose(total.gradients.get("bias")!, Array(CLASSES).fill(0));
  });
});

test("one part is the batch, bit for bit", async () => {
  const own = parametersOf();
  const parameters = new Map(Object.entries(own));
  const all = () => loss(own, x(), tensor1d(TARGETS, "int32"));
  const whole = valueAndGradients(all, parameters);
  const total = accumulateGradients([{ loss: all, count: 5 }], parameters);
  for (const [path, gradient] of whole.gradients) {
    await expectClose(total.gradients.get(path)!, gradient, { rtol: 0, atol: 0 });
  }
});

test("a parameter that only some parts use has their gradients", async () => {
  const [a, b] = [1, 2].map(() => parameter([3], () => tensor1d([1, 2, 3])));
  const parameters = new Map([
    ["a", a!],
    ["b", b!],
  ]);
  const parts = [
    { count: 1, loss: () => sum(square(a!)) as Scalar },
    { count: 3, loss: () => add(sum(mul(a!, 2)), sum(square(b!))) as Scalar },
    { count: 0, loss: () => sum(a!) as Scalar },
  ];
  await expectNothingLeft(async () => {
    const total = accumulateGradients(parts, parameters);
    await expectClose(total.value, [(14 + 3 * (12 + 14)) / 4]);
    await expectClose(total.gradients.get("a")!, [2, 2.5, 3]);
    await expectClose(total.gradients.get("b")!, [1.5, 3, 4.5]);
    disposeAll(total);
  });
});

test("a part that throws leaves nothing behind", async () => {
  const own = parametersOf();
  const parameters = new Map(Object.entries(own));
  const parts = partsOf(own, (n) => COUNTS[n]!);
  const failing = () => {
    throw new Error("data: expected more, got none");
  };
  await expectNothingLeft(() => {
    expect(() => accumulateGradients([...parts, { count: 1, loss: failing }], parameters)).toThrow(
      "data: expected more, got none",
    );
  });
});

test("refuses nonsense by name", async () => {
  const loss = () => zeros([]) as Scalar;
  const [line, whole] = [zeros([2]) as Tensor as Scalar, zeros([], "int32") as Scalar];
  const refused = (parts: MicroBatch[], error: Error) =>
    expect(() => accumulateGradients(parts, new Map())).toThrow(error);
  await expectNothingLeft(() => {
    refused([], new RangeError("parts: expected at least one, got none"));
    refused(
      [
        { count: 1, loss },
        { count: -1, loss },
      ],
      new RangeError("parts[1].count: expected a whole number from 0, got -1"),
    );
    refused([{ count: line, loss }], new ShapeError("parts[0].count: expected a scalar, got [2]"));
    refused(
      [{ count: whole, loss }],
      new RangeError("parts[0].count: expected float32, got int32"),
    );
    expect(() => countTargets(line)).toThrow(
      new RangeError("targets: expected int32, got float32"),
    );
  });
});

test("counts what is not ignored", async () => {
  await expectClose(
    countTargets(
      tensor2d(
        [
          [1, -100, 0],
          [2, 2, -100],
        ],
        [2, 3],
        "int32",
      ),
    ),
    [4],
  );
  await expectClose(countTargets(tensor1d([0, 1, 0], "int32"), 0), [1]);
});
