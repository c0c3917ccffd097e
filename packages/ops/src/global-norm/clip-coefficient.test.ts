import { scalar } from "@tensorflow/tfjs-core";
import { expectClose, expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import { clipCoefficient } from "./clip-coefficient";

test.each([
  [8, 2, 2 / (8 + 1e-6)],
  [2, 8, 1],
  [0, 8, 1],
  [0, 1e-7, 0.1],
  [Infinity, 1, 0],
  [3, Infinity, 1],
])("a norm of %d, at most %d: %d", async (norm, maxNorm, wanted) => {
  const given = scalar(norm);
  await expectNoLeak(async () => {
    const coefficient = clipCoefficient(given, maxNorm);
    expect(coefficient.shape).toEqual([]);
    await expectClose(coefficient, [wanted]);
    coefficient.dispose();
  });
});

test("a norm of NaN gives NaN, so that it shows", async () => {
  expect([...(await clipCoefficient(scalar(NaN), 1).data())]).toEqual([NaN]);
});

test.each([0, -1, NaN])(
  "refuses a largest norm of %d, and leaves nothing behind",
  async (maxNorm) => {
    const norm = scalar(1);
    await expectNoLeak(() => {
      expect(() => clipCoefficient(norm, maxNorm)).toThrow(
        new RangeError(`maxNorm: expected a positive number, got ${maxNorm}`),
      );
    });
  },
);
