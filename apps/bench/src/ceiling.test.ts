import { memory } from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { measureCeiling } from "./ceiling";

test("measures what products reach, and leaks nothing", async () => {
  const before = memory().numTensors;
  const { gflops, size } = await measureCeiling();
  expect(gflops).toBeGreaterThan(0);
  expect(Math.log2(size) % 1).toBe(0);
  expect(memory().numTensors).toBe(before);
});
