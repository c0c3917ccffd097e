import { getBackend, getGradient, Tensor } from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { bringUp } from "./bring-up";

test("brings up the backend that is asked for, and again", async () => {
  await bringUp("wasm");
  expect(getBackend()).toBe("wasm");
  await bringUp("cpu");
  await bringUp("cpu");
  expect(getBackend()).toBe("cpu");
});

test("brings neither chained operations nor a gradient of tfjs's own union package", () => {
  expect("matMul" in Tensor.prototype).toBe(false);
  expect(getGradient("FusedBatchNorm")).toBeUndefined();
});
