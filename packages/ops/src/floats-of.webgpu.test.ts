import { getBackend } from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
// The very tests of the other backends, once more in this process.
import "./floats-of.test";

test("all of these run on webgpu", () => {
  expect(getBackend()).toBe("webgpu");
});
