import {
  fill,
  grads,
  randomUniform,
  type Tensor,
  type Tensor1D,
  tensor,
  zeros,
} from "@tensorflow/tfjs-core";
import { layerNorm } from "@tx/ops";
import { expectClose } from "@tx/testing";
import { describe, test } from "vitest";
import { expectAsOnCpu, expectInBounds } from "../testing/compare";

const made = (shape: number[], seed: number) => randomUniform(shape, -2, 3, "float32", seed);

/** The value, and the gradients of all inputs. */
function all(x: Tensor, given: "none" | "gain" | "both", eps = 1e-5): Tensor[] {
  const width = x.shape.at(-1)!;
  const f = (x: Tensor, gain?: Tensor, bias?: Tensor) =>
    layerNorm(x, gain as Tensor1D | undefined, bias as Tensor1D | undefined, eps);
  const count = { none: 0, gain: 1, both: 2 }[given];
  const inputs = [x, made([width], 5), made([width], 7)].slice(0, 1 + count);
  const value = f(...(inputs as [Tensor]));
  return [value, ...grads(f)(inputs, made(value.shape, 9))];
}

describe.each(["none", "gain", "both"] as const)("given %s", (given) => {
  test.each(Array.from({ length: 67 }, (_, n) => n + 2))("width %d", (width) =>
    expectAsOnCpu(() => all(made([1 + ((width * 7) % 41), width], 3), given), { atol: 5e-5 }),
  );

  test("many rows, and more axes", async () => {
    await expectAsOnCpu(() => all(made([1111, 6], 3), given), { rtol: 3e-5, atol: 2e-4 });
    await expectAsOnCpu(() => all(made([2, 3, 4, 130], 3), given), { atol: 5e-5 });
    await expectAsOnCpu(() => all(made([10], 3), given), { atol: 5e-5 });
  });

  test("empty axes", async () => {
    await expectAsOnCpu(() => all(zeros([0, 5]), given));
    await expectAsOnCpu(() => all(zeros([3, 0]), given));
  });

  test("nothing outside is touched", async () => {
    await expectInBounds(() => all(made([3, 7], 3), given));
    await expectInBounds(() => all(made([40, 5], 3), given));
  });
});

test("a width of one gives the bias", () => expectAsOnCpu(() => all(made([5, 1], 3), "both")));

test("keeps its digits where the mean is large", async () => {
  const values = Array.from({ length: 40 }, (_, n) => ((n * 37) % 41) / 32);
  const mean = values.reduce((sum, x) => sum + x, 0) / 40;
  const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / 40;
  const wanted = values.map((x) => (x - mean) / Math.sqrt(variance + 1e-5));
  // Sums of 2^18 + x are exact in float32, so only the mean rounds.
  const x = tensor(values.map((x) => 2 ** 18 + x));
  await expectClose(layerNorm(x), wanted, { rtol: 1e-5, atol: 1e-5 });
});

test("rows of NaN and infinity, and of numbers whose squares overflow", async () => {
  const rows = (entry: number) => {
    const values = Array.from({ length: 22 }, (_, n) => (n % 5) - 2 + (n > 10 ? 1 : 0));
    values[13] = entry;
    return tensor(values, [2, 11]);
  };
  for (const entry of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e30]) {
    await expectAsOnCpu(() => layerNorm(rows(entry)));
    await expectAsOnCpu(() => all(rows(entry), "both"), { atol: 5e-5 });
  }
  await expectAsOnCpu(() => layerNorm(fill([2, 9], 0.75)));
});
