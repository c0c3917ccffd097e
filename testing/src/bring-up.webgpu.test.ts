import { getBackend, matMul, tensor2d } from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { expectClose } from "./close";

test("computes on Dawn", async () => {
  expect(getBackend()).toBe("webgpu");
  const a = tensor2d([1, 2, 3, 4, 5, 6], [2, 3]);
  await expectClose(matMul(a, a, false, true), [14, 32, 32, 77]);
});
