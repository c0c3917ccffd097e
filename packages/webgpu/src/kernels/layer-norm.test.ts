import { grads, type Tensor, type Tensor1D, tensor, zeros } from "@tensorflow/tfjs-core";
import { layerNorm } from "@tx/ops";
import { expectClose } from "@tx/testing";
import { describe, expect, test } from "vitest";
import { expectAsOnCpu } from "../testing/compare";
import { floats } from "../testing/inputs";

/** The value, and the gradients of all inputs. */
function all(x: Tensor, given: "none" | "gain" | "both", eps = 1e-5): Tensor[] {
  const width = x.shape.at(-1)!;
  const f = (x: Tensor, gain?: Tensor, bias?: Tensor) =>
    layerNorm(x, gain as Tensor1D | undefined, bias as Tensor1D | undefined, eps);
  const count = { none: 0, gain: 1, both: 2 }[given];
  const inputs = [x, floats([width], 5), floats([width], 7)].slice(0, 1 + count);
  const value = f(...(inputs as [Tensor]));
  return [value, ...grads(f)(inputs, floats(value.shape, 9))];
}

const ran = ["TxLayerNorm", "TxLayerNormGrad"];

describe.each(["none", "gain", "both"] as const)("given %s", (given) => {
  test.each([2, 3, 7, 31, 63, 64, 65, 127, 130])("width %d", (width) =>
    expectAsOnCpu(() => all(floats([1 + ((width * 7) % 11), width]), given), ran, { atol: 5e-5 }),
  );

  test("more rows than parts, and more axes", async () => {
    await expectAsOnCpu(() => all(floats([521, 6]), given), ran, { rtol: 3e-5, atol: 2e-4 });
    await expectAsOnCpu(() => all(floats([2, 3, 4, 13]), given), ran, { atol: 5e-5 });
    await expectAsOnCpu(() => all(floats([10]), given), ran, { atol: 5e-5 });
  });
});

test("a width of one gives the bias", () => expectAsOnCpu(() => all(floats([5, 1]), "both"), ran));

test("no rows: the reference", () => expectAsOnCpu(() => all(zeros([0, 5]), "both"), []));

test("keeps its digits where the mean is large", async () => {
  const values = Array.from({ length: 40 }, (_, n) => ((n * 37) % 41) / 32);
  const mean = values.reduce((sum, x) => sum + x, 0) / 40;
  const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / 40;
  const wanted = values.map((x) => (x - mean) / Math.sqrt(variance + 1e-5));
  // Sums of 2^18 + x are exact in float32, so only the mean rounds.
  const x = tensor(values.map((x) => 2 ** 18 + x));
  await expectClose(layerNorm(x), wanted, { rtol: 1e-5, atol: 1e-5 });
  expect(x.shape).toEqual([40]);
});
