import { setFlagsFromString } from "node:v8";
import { expect, test } from "vitest";
import { multiplyAddLoop } from "./multiply-add-loop";

test("measures a rate that a core can have", () => {
  setFlagsFromString("--experimental-wasm-relaxed-simd");
  const rate = multiplyAddLoop();
  expect(rate).toBeDefined();
  expect(rate!()).toBeGreaterThan(0.1);
  expect(rate!()).toBeLessThan(1000);
});
