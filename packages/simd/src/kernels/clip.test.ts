import { dispose, randomUniform, type Scalar, scalar, tensor, zeros } from "@tensorflow/tfjs-core";
import { clipCoefficient, globalNorm } from "@tx/ops";
import { expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import { expectAsOnCpu, expectInBounds } from "../testing/compare";

const random = (shape: number[], seed: number) => randomUniform(shape, -2, 2, "float32", seed);

test.each([1, 2, 3, 4, 5, 7, 8, 9, 67, 8191, 8192, 8193, 20_000])("of %d numbers", (size) =>
  expectAsOnCpu(() => globalNorm([random([size], size)])),
);

test("of many tensors, more than there are arguments, some empty", () =>
  expectAsOnCpu(() =>
    globalNorm(Array.from({ length: 150 }, (_, n) => random([n % 7, (3 * n) % 5], n + 1))),
  ));

test("of none, of zeros, and of what is no number", async () => {
  const cases = [
    [],
    [0, 0, 0],
    [1, NaN, 2, 3, 4],
    [1, Infinity],
    [-Infinity, 1, 2],
    [NaN, Infinity],
  ];
  for (const values of cases)
    await expectAsOnCpu(() => globalNorm([tensor(values, [values.length])]));
});

test("squares beyond float32 are no trouble", async () => {
  const huge = globalNorm([tensor([3e30, 4e30]), zeros([5])]);
  expect((await huge.data())[0]! / 5e30).toBeCloseTo(1, 6);
  const tiny = globalNorm([tensor([3e-30, 4e-30])]);
  expect((await tiny.data())[0]! / 5e-30).toBeCloseTo(1, 6);
});

test("the coefficient", () =>
  expectAsOnCpu(() =>
    [0, 0.5, 1, 1.5, 8, 1e20, Infinity, NaN].map((norm) =>
      clipCoefficient(scalar(norm) as Scalar, 1.25),
    ),
  ));

test("stays within its memory, and leaves its results only", async () => {
  await expectInBounds(() => {
    const norm = globalNorm([random([5], 1), random([3], 2), random([9], 3)]);
    return [norm, clipCoefficient(norm, 1)];
  });
  const given = [random([5], 1), random([3], 2)];
  await expectNoLeak(() => {
    const norm = globalNorm(given);
    dispose([norm, clipCoefficient(norm, 1)]);
  });
});
