import { ones, type Tensor4D } from "@tensorflow/tfjs-core";
import { Rng } from "@tx/core";
import { expectClose, expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import { StochasticDepth } from "./index";

const rowsOf = async (depth: StochasticDepth, batch: number) => {
  const rows = await (depth.forward(ones([batch, 3, 2, 1])) as Tensor4D).array();
  return rows.map((row) => {
    const numbers = [...new Set(row.flat(2))];
    expect(numbers).toHaveLength(1);
    return numbers[0]!;
  });
};

test("leaves out its share of rows, each as a whole, and scales the others up", async () => {
  const depth = new StochasticDepth(0.2, new Rng(3)).train();
  const rows = await rowsOf(depth, 2000);
  expect(new Set(rows.map((row) => row.toFixed(4)))).toEqual(new Set(["0.0000", "1.2500"]));
  const left = rows.filter((row) => row === 0).length / rows.length;
  expect(Math.abs(left - 0.2)).toBeLessThan(0.03);
  // The mean stays.
  expect(Math.abs(rows.reduce((sum, row) => sum + row, 0) / rows.length - 1)).toBeLessThan(0.04);
});

test("draws anew at each call, and the same for a seed", async () => {
  const make = () => new StochasticDepth(0.5, new Rng(3)).train();
  const one = make();
  const [first, second] = [await rowsOf(one, 40), await rowsOf(one, 40)];
  expect(second).not.toEqual(first);
  expect(await rowsOf(make(), 40)).toEqual(first);
});

test("hands on its very input in evaluation, and at rate 0", async () => {
  const x = ones([2, 3]);
  const depth = new StochasticDepth(0.5, new Rng(1));
  expect([depth.rate, depth.active, depth.train().active]).toEqual([0.5, false, true]);
  expect(depth.eval().forward(x)).toBe(x);
  expect(new StochasticDepth(0, new Rng(1)).train().forward(x)).toBe(x);
  await expectClose(x, [1, 1, 1, 1, 1, 1]);
});

test("refuses a share outside [0, 1), and a call leaves its output only", async () => {
  const x = ones([2, 3]);
  await expectNoLeak(() => {
    for (const rate of [1, -0.1, Number.NaN]) {
      expect(() => new StochasticDepth(rate, new Rng(1))).toThrow(
        new RangeError(`stochasticDepth: expected a number in [0, 1), got ${rate}`),
      );
    }
    new StochasticDepth(0.5, new Rng(1)).train().forward(x).dispose();
  });
});
