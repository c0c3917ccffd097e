import { type Scalar, scalar, zeros } from "@tensorflow/tfjs-core";
import { clipCoefficient, globalNorm } from "@tx/ops";
import { expect, test } from "vitest";
import { expectAsOnCpu } from "../testing/compare";
import { floats } from "../testing/inputs";

test.each([1, 2, 6, 7, 8, 15])("%d tensors", (count) =>
  expectAsOnCpu(
    () => globalNorm(Array.from({ length: count }, (_, n) => floats([1 + n, 3 * n + 1], n + 1))),
    ["TxGlobalNorm"],
  ),
);

test("a tensor of more than every thread's first number, an empty one, a scalar", () =>
  expectAsOnCpu(() => globalNorm([floats([16_411]), zeros([0, 3]), floats([])]), ["TxGlobalNorm"]));

test("nothing but empty ones", () =>
  expectAsOnCpu(() => globalNorm([zeros([0])]), ["TxGlobalNorm"]));

test.each([0, 0.5, 2, 1e30])("what gradients of norm %d are multiplied by", (norm) =>
  expectAsOnCpu(() => clipCoefficient(scalar(norm), 1.5), ["TxClipCoefficient"]),
);

test("NaN stays NaN", async () => {
  const coefficient = clipCoefficient(globalNorm([scalar(Number.NaN)]) as Scalar, 1);
  expect(await coefficient.data()).toEqual(Float32Array.of(Number.NaN));
});
