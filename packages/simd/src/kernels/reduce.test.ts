import {
  all,
  any,
  max,
  mean,
  min,
  prod,
  sum,
  type Tensor,
  tensor,
  zeros,
} from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { expectAsOnCpu, expectInBounds } from "../testing/compare";
import { bools, everySize, floats, wholes } from "../testing/inputs";

type Reduce = (x: Tensor, axis?: number | number[], keepDims?: boolean) => Tensor;

const operations = [sum, mean, max, min] as Reduce[];
const over = (x: Tensor, axis?: number | number[]) =>
  operations.flatMap((operation) => [operation(x, axis), operation(x, axis, true)]);
/** Sums that cancel keep fewer digits. */
const near = { atol: 1e-5 };

describe("as on cpu", () => {
  test("lines of every size to 67", () =>
    expectAsOnCpu(() => everySize.slice(1).flatMap((n) => over(floats([3, n], n), -1)), near));

  test("columns of every size to 67", () =>
    expectAsOnCpu(() => everySize.slice(1).flatMap((n) => over(floats([5, n], n), 0)), near));

  test.each([[0], [1], [2], [3], [0, 1], [2, 3], [1, 3], [0, 2], [-1, -3], [3, 0, 1], [1, 2]])(
    "over axes %j %j %j of four",
    async (...axes) => {
      const given = axes.filter((axis) => axis !== undefined);
      await expectAsOnCpu(() => over(floats([3, 4, 5, 7]), given), near);
      await expectAsOnCpu(() => over(wholes([3, 4, 5, 7]), given));
      await expectAsOnCpu(() => over(floats([3, 1, 5, 2]), given), near);
    },
  );

  test("long ones, in parts", async () => {
    const long = { rtol: 1e-5, atol: 3e-4 };
    await expectAsOnCpu(() => over(floats([20_011])), long);
    await expectAsOnCpu(() => over(floats([2, 8193]), 1), long);
    await expectAsOnCpu(() => over(floats([1111, 33]), 0), long);
    await expectAsOnCpu(() => over(floats([3, 513, 5]), 1), long);
    await expectAsOnCpu(() => over(wholes([2, 9000])), { ...long, rtol: 0 });
  });

  test("NaN and infinities", () =>
    expectAsOnCpu(() => {
      const values = [1, Infinity, 2, -Infinity, Number.NaN, 3, 4, 5, -Infinity, 6];
      const x = tensor(values, [5, 2]);
      return [...over(x, 0), ...over(x, 1), ...over(x)];
    }));

  test("one number, bools, nothing at all, and what is the cpu backend's", () =>
    expectAsOnCpu(() => [
      ...over(floats([1, 1])),
      ...over(floats([])),
      ...[sum, mean].flatMap((operation) => [operation(bools([3, 7]), 0), operation(bools([9]))]),
      ...[sum, mean].flatMap((operation) => [
        operation(zeros([3, 0]), 1),
        operation(zeros([0, 3]), 1),
      ]),
      max(zeros([0, 3]), 1),
      prod(floats([3, 4]), 1),
      all(bools([3, 4]), 0),
      any(bools([3, 4]), 1),
    ]));
});

test("a long sum keeps its digits", () => {
  const count = 3_000_000;
  const x = tensor(new Float32Array(count).fill(0.1));
  const exact = count * Math.fround(0.1);
  expect(Math.abs(sum(x).dataSync()[0]! - exact) / exact).toBeLessThan(2e-6);
  const turned = tensor(new Float32Array(count).fill(0.1), [count / 3, 3]);
  expect(Math.abs(sum(turned, 0).dataSync()[1]! - exact / 3) / exact).toBeLessThan(2e-6);
});

test("nothing outside is touched", async () => {
  await expectInBounds(() => over(floats([3, 7]), 1));
  await expectInBounds(() => over(floats([5, 35]), 0));
  await expectInBounds(() => over(wholes([2, 3, 5, 3]), [0, 2]));
  await expectInBounds(() => sum(floats([520, 3]), 0));
});
