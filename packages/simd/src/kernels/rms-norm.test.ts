import {
  grads,
  mul,
  randomUniform,
  type Tensor,
  type Tensor1D,
  tensor,
  zeros,
} from "@tensorflow/tfjs-core";
import { rmsNorm } from "@tx/ops";
import { describe, test } from "vitest";
import { expectAsOnCpu, expectInBounds } from "../testing/compare";

const made = (shape: number[], seed: number) => randomUniform(shape, -2, 3, "float32", seed);

/** The value, and the gradients of all inputs. */
function all(x: Tensor, hasGain: boolean, eps = 1e-6): Tensor[] {
  const f = (x: Tensor, gain?: Tensor) => rmsNorm(x, gain as Tensor1D | undefined, eps);
  const inputs = [x, ...(hasGain ? [made([x.shape.at(-1)!], 5)] : [])];
  const value = f(...(inputs as [Tensor]));
  return [value, ...grads(f)(inputs, made(value.shape, 9))];
}

describe.each([false, true])("gain %s", (hasGain) => {
  test.each(Array.from({ length: 67 }, (_, n) => n + 1))("width %d", (width) =>
    expectAsOnCpu(() => all(made([1 + ((width * 7) % 41), width], 3), hasGain), { atol: 2e-5 }),
  );

  test("many rows, and more axes", async () => {
    await expectAsOnCpu(() => all(made([1111, 6], 3), hasGain), { rtol: 3e-5, atol: 1e-4 });
    await expectAsOnCpu(() => all(made([2, 3, 4, 130], 3), hasGain), { atol: 2e-5 });
    await expectAsOnCpu(() => all(made([10], 3), hasGain), { atol: 2e-5 });
  });

  test("zeros, tiny and large numbers", async () => {
    // Gradients are up to 1 / √eps, a thousand times larger than what they are made of.
    for (const size of [0, 1e-20, 1e-3, 1e4, 1e18]) {
      await expectAsOnCpu(() => all(mul(made([3, 13], 3), size), hasGain), { atol: 4e-4 });
    }
  });

  test("NaN, infinity, and squares that overflow", async () => {
    for (const entry of [Number.NaN, Number.POSITIVE_INFINITY, 1e30]) {
      const x = () => tensor([1, 2, 3, entry, 5, 6, 7, 1, 2, 3, 4, 5, 6, 7], [2, 7]);
      await expectAsOnCpu(() => all(x(), hasGain));
    }
  });

  test("empty axes", async () => {
    await expectAsOnCpu(() => all(zeros([0, 5]), hasGain));
    await expectAsOnCpu(() => all(zeros([3, 0]), hasGain));
  });

  test("nothing outside is touched", async () => {
    await expectInBounds(() => all(made([3, 7], 3), hasGain));
    await expectInBounds(() => all(made([40, 5], 3), hasGain));
  });
});
