import { matMul, type Tensor2D, tensor2d } from "@tensorflow/tfjs-core";
import { test } from "vitest";
import { expectAsOnCpu, expectInBounds } from "./compare";

function numbers(rows: number, columns: number, seed: number): Tensor2D {
  const values = Float32Array.from({ length: rows * columns }, (_, i) => Math.sin(i * seed + 1));
  return tensor2d(values, [rows, columns]);
}

test("a product is the cpu backend's on every variant", async () => {
  for (const [rows, inner, columns] of [
    [1, 1, 1],
    [5, 7, 11],
    [33, 17, 29],
  ] as const) {
    const body = () => matMul(numbers(rows, inner, 3), numbers(inner, columns, 5));
    await expectAsOnCpu(body);
    await expectInBounds(body);
  }
});
