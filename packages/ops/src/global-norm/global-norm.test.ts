import { scalar, type Tensor, tensor, zeros } from "@tensorflow/tfjs-core";
import { expectClose, expectNoLeak } from "@tx/testing";
import { describe, expect, test } from "vitest";
import { globalNorm } from "./global-norm";

/** Steps of 1/32 around 0, so that float32 holds them exactly. */
const numbers = (size: number, shift = 0) =>
  Array.from({ length: size }, (_, n) => ((37 * (n + shift)) % 101) / 32 - 1.5);

const normOf = (values: number[]) => Math.sqrt(values.reduce((sum, x) => sum + x * x, 0));

test("is over the entries of all tensors, whatever their shapes", async () => {
  const shapes = [[3, 5], [], [7], [0, 4], [1, 2, 3, 2]];
  const sizes = [15, 1, 7, 0, 12];
  const tensors = shapes.map((shape, n) => tensor(numbers(sizes[n]!, n), shape));
  await expectNoLeak(async () => {
    const norm = globalNorm(tensors);
    expect(norm.shape).toEqual([]);
    await expectClose(norm, [normOf(sizes.flatMap((size, n) => numbers(size, n)))]);
    norm.dispose();
  });
});

test("of one tensor, of nothing at all, and of zeros", async () => {
  await expectClose(globalNorm([tensor([3, -4])]), [5]);
  await expectClose(globalNorm([zeros([0])]), [0]);
  await expectClose(globalNorm([zeros([4]), scalar(0)]), [0]);
});

test("of many tensors", async () => {
  const tensors = Array.from({ length: 90 }, (_, n) => scalar(n % 5));
  await expectClose(globalNorm(tensors), [normOf(tensors.map((_, n) => n % 5))]);
});

test("tells of NaN and infinity", async () => {
  const norms = await Promise.all(
    [NaN, Infinity, -Infinity].map((value) => globalNorm([tensor([1, value]), scalar(2)]).data()),
  );
  expect(norms.map(([norm]) => norm)).toEqual([NaN, Infinity, Infinity]);
});

describe("refuses, and leaves nothing behind", () => {
  test.each<[string, Tensor[], string]>([
    ["no tensors", [], "tensors: expected at least one, got none"],
    ["whole numbers", [zeros([2]), zeros([2], "int32")], "tensors[1]: expected float32, got int32"],
  ])("%s", async (_, tensors, message) => {
    await expectNoLeak(() => {
      expect(() => globalNorm(tensors)).toThrow(new RangeError(message));
    });
  });
});
