import { logSoftmax, softmax, sum, tensor, zeros } from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { expectAsOnCpu, expectInBounds } from "../testing/compare";
import { everySize, floats } from "../testing/inputs";

describe("as on cpu", () => {
  test("rows of every size to 67", () =>
    expectAsOnCpu(() => everySize.flatMap((n) => [softmax(floats([3, n], n + 1))])));

  test("its logarithm", () => expectAsOnCpu(() => logSoftmax(floats([5, 65]))));

  test("more axes, one row, long rows, no rows", () =>
    expectAsOnCpu(() => [
      softmax(floats([2, 3, 4, 9])),
      softmax(floats([7])),
      softmax(floats([2, 5003])),
      softmax(zeros([0, 5])),
    ]));

  test("NaN, infinities, and large numbers", () =>
    expectAsOnCpu(() => {
      const rows = [1, 2, Number.NaN, 4, 5, 1, Infinity, 3, 4, 5, -Infinity, 1, -Infinity, 2, 3];
      const none = [-Infinity, -Infinity, -Infinity, -Infinity, -Infinity];
      const large = [1e30, -1e30, 1e30, 0, 3, 88, 89, 90, 91, -200];
      return softmax(tensor([...rows, ...none, ...large], [6, 5]));
    }));
});

test("rows add up to one", () => {
  const total = sum(softmax(floats([9, 777])), 1).dataSync();
  for (const one of total) expect(one).toBeCloseTo(1, 6);
});

test("another axis is refused", () => {
  expect(() => softmax(floats([2, 3]), 0)).toThrow("non-last dimension");
});

test("nothing outside is touched", () => expectInBounds(() => softmax(floats([3, 7]))));
