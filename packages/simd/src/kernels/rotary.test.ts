import {
  cos,
  grad,
  randomUniform,
  sin,
  type Tensor,
  type Tensor2D,
  type Tensor4D,
  tensor,
  zeros,
} from "@tensorflow/tfjs-core";
import { rotary } from "@tx/ops";
import { describe, expect, test } from "vitest";
import { expectAsOnCpu, expectInBounds } from "../testing/compare";

const made = (shape: number[], seed: number) => randomUniform(shape, -2, 2, "float32", seed);

describe.each(["interleaved", "half"] as const)("%s", (pairing) => {
  /** The value and the gradient, with angles of a shape. */
  function both(x: Tensor, angles: Tensor): Tensor[] {
    const f = (x: Tensor) =>
      rotary(x as Tensor4D, cos(angles) as Tensor2D, sin(angles) as Tensor2D, pairing);
    return [f(x), grad(f)(x, made(x.shape, 9))];
  }

  test.each(Array.from({ length: 35 }, (_, n) => n + 1))("%d pairs", async (pairs) => {
    const [batch, heads, seq] = [2, 3, 1 + ((pairs * 5) % 7)];
    for (const headDim of [2 * pairs, 2 * pairs + 1, 2 * pairs + 6]) {
      const shape = [batch, heads, seq, headDim];
      await expectAsOnCpu(() => both(made(shape, 3), made([seq, pairs], 5)));
      await expectAsOnCpu(() => both(made(shape, 3), made([batch, seq, pairs], 5)));
    }
  });

  test("none", () => expectAsOnCpu(() => both(zeros([0, 3, 2, 4]), zeros([2, 2]))));

  test("NaN and infinity stay in their pairs", () =>
    expectAsOnCpu(() => {
      const values = [Number.NaN, 1, 2, Number.POSITIVE_INFINITY, 3, 4, 5, 6, 7, 8, 9, 10];
      return both(tensor(values, [1, 1, 2, 6]), made([2, 3], 5));
    }));

  test("nothing outside is touched", () =>
    expectInBounds(() => both(made([2, 1, 3, 11], 3), made([2, 3, 5], 5))));

  test("a position of zero leaves every bit", async () => {
    const x = made([1, 2, 3, 10], 3);
    const table: Tensor2D = zeros([3, 5]);
    const y = rotary(x as Tensor4D, cos(table), sin(table), pairing);
    expect([...(await y.data())]).toEqual([...(await x.data())]);
  });
});
