import {
  grad,
  type Tensor,
  type Tensor2D,
  type Tensor4D,
  tensor,
  util,
  zeros,
} from "@tensorflow/tfjs-core";
import { rotary } from "@tx/ops";
import { describe, test } from "vitest";
import { expectAsOnCpu } from "../testing/compare";
import { floats } from "../testing/inputs";

describe.each(["interleaved", "half"] as const)("%s", (pairing) => {
  /** The value and the gradient, with angles of a shape. */
  function both(x: Tensor, angles: number[]): Tensor[] {
    // Worked out on the host: devices differ in cos.
    const table = (f: (angle: number) => number) =>
      tensor(
        Array.from({ length: util.sizeFromShape(angles) }, (_, n) => f((n * n) / 7)),
        angles as [number, number],
      ) as Tensor2D;
    const f = (x: Tensor) => rotary(x as Tensor4D, table(Math.cos), table(Math.sin), pairing);
    return [f(x), grad(f)(x, floats(x.shape, 9))];
  }

  test.each([1, 2, 3, 5, 8, 13, 32])("%d pairs", async (pairs) => {
    const [batch, heads, seq] = [2, 3, 1 + ((pairs * 5) % 7)];
    for (const headDim of [2 * pairs, 2 * pairs + 1, 2 * pairs + 6]) {
      const shape = [batch, heads, seq, headDim];
      for (const angles of [
        [seq, pairs],
        [batch, seq, pairs],
      ]) {
        await expectAsOnCpu(() => both(floats(shape), angles), ["TxRotary"], {
          atol: 3e-6,
        });
      }
    }
  });

  test("none: the reference", () => expectAsOnCpu(() => both(zeros([0, 3, 2, 4]), [2, 2]), []));
});
