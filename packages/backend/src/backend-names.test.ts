import { expect, test } from "vitest";
import { backendNames, checkBackendName } from "./backend-names";

test("describes each name in one line", () => {
  expect(Object.keys(backendNames)).toEqual([
    "auto",
    "webgpu",
    "simd",
    "node-gpu",
    "node",
    "wasm",
    "webgl",
    "cpu",
  ]);
  for (const line of Object.values(backendNames)) expect(line).toMatch(/^.{10,90}$/);
});

test.each(["cuda", "", "toString"])("refuses %j, and lists the names", (name) => {
  expect(() => checkBackendName(name)).toThrow(
    new RangeError(
      `backend: expected one of auto, webgpu, simd, node-gpu, node, wasm, webgl, cpu, got "${name}"`,
    ),
  );
});
