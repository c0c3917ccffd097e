import { tensor, zeros } from "@tensorflow/tfjs-core";
import { expectClose } from "@tx/testing";
import { expect, test } from "vitest";
import { sumRows } from "./sum-rows";

test.each([[[3]], [[1, 3]], [[2, 3]], [[2, 1, 3]]])(
  "sums all axes but the last: %j",
  async (shape) => {
    const rows = shape.reduce((size, n) => size * n, 1) / 3;
    const values = Array.from(
      { length: rows * 3 },
      (_, n) => 10 ** (n % 3) * (1 + Math.floor(n / 3)),
    );
    const sums = sumRows(tensor(values, shape));
    expect(sums.shape).toEqual([3]);
    const times = (rows * (rows + 1)) / 2;
    await expectClose(sums, [times, 10 * times, 100 * times]);
  },
);

test("no rows sum to zeros", async () => {
  await expectClose(sumRows(zeros([0, 3])), [0, 0, 0]);
});
