import { grad, ones, tensor, zeros } from "@tensorflow/tfjs-core";
import { expectClose, expectGradients, expectNoLeak } from "@tx/testing";
import { describe, expect, test } from "vitest";
import { dropout } from "./dropout";
import { dropoutScales } from "./random-bits";

const x = () =>
  tensor(
    Array.from({ length: 30 }, (_, n) => (n + 1) / 4),
    [2, 3, 5],
  );

test("zeroes what randomBits says by row-major index, and scales up the rest", async () => {
  const y = dropout(x(), { rate: 0.4, seed: 9 });
  expect(y.shape).toEqual([2, 3, 5]);
  const scales = dropoutScales(30, 0.4, 9);
  expect(new Set(scales)).toEqual(new Set([0, Math.fround(1 / 0.6)]));
  await expectClose(
    y,
    Array.from(scales, (scale, n) => (scale * (n + 1)) / 4),
  );
});

test("the same seed drops the same elements, another one others", async () => {
  const drawn = (seed: number) => dropout(ones([200]), { rate: 0.5, seed }).data();
  const [first, again, other] = await Promise.all([drawn(1), drawn(1), drawn(2)]);
  expect(again).toEqual(first);
  expect(other).not.toEqual(first);
});

test("keeps the mean", async () => {
  const kept = await dropout(ones([101, 97]), { rate: 0.3, seed: 4 }).data<"float32">();
  const mean = kept.reduce((sum, value) => sum + value, 0) / kept.length;
  expect(Math.abs(mean - 1)).toBeLessThan(4 * Math.sqrt(0.3 / 0.7 / kept.length));
});

test("the gradient passes the same elements", async () => {
  const options = { rate: 0.4, seed: 9 };
  await expectGradients((x) => dropout(x, options), [x()]);
  const gradient = grad((x) => dropout(x, options))(x(), ones([2, 3, 5]));
  await expectClose(gradient, dropoutScales(30, 0.4, 9), { rtol: 0, atol: 0 });
});

test("rate 0 gives x itself", () => {
  const given = x();
  expect(dropout(given, { rate: 0, seed: 1 })).toBe(given);
});

test("a scalar and no elements at all", async () => {
  const scale = dropoutScales(1, 0.5, 3)[0]!;
  await expectClose(dropout(tensor(2), { rate: 0.5, seed: 3 }), [2 * scale]);
  expect(dropout(zeros([0, 3]), { rate: 0.5, seed: 3 }).shape).toEqual([0, 3]);
});

describe("refuses, and leaves nothing behind", () => {
  test("whole numbers", async () => {
    const given = zeros([3], "int32");
    await expectNoLeak(() => {
      expect(() => dropout(given, { rate: 0.5, seed: 1 })).toThrow(
        new RangeError("x: expected float32, got int32"),
      );
    });
  });

  test.each([
    [1, 1, "rate: expected a number in [0, 1), got 1"],
    [-0.1, 1, "rate: expected a number in [0, 1), got -0.1"],
    [NaN, 1, "rate: expected a number in [0, 1), got NaN"],
    [0.5, 0.5, "seed: expected a whole number, got 0.5"],
    [0, NaN, "seed: expected a whole number, got NaN"],
  ])("rate %d, seed %d", async (rate, seed, message) => {
    const given = x();
    await expectNoLeak(() => {
      expect(() => dropout(given, { rate, seed })).toThrow(new RangeError(message));
    });
  });
});
