import { expect, test } from "vitest";
import { backendOfPeer, peersOf } from "./names";

test("reads a list of peers", () => {
  expect(peersOf("stock, genai:cpu,torch")).toEqual([
    { name: "stock" },
    { name: "genai", backend: "cpu" },
    { name: "torch" },
  ]);
  expect(peersOf(undefined)).toEqual([]);
});

test.each([
  ["stock,keras", "--vs: expected some of stock, genai, gpt-tfjs, torch, got keras"],
  ["torch:cpu", "--vs: expected torch without a backend, got torch:cpu"],
])("refuses %s", (list, message) => {
  expect(() => peersOf(list)).toThrow(message);
});

test.each([
  ["stock", "simd", "wasm"],
  ["stock", "webgpu", "webgpu"],
  ["genai", "simd", "cpu"],
  ["gpt-tfjs", "wasm", "cpu"],
  ["genai", "webgpu", "webgpu"],
] as const)("%s beside %s runs on %s", (name, ours, wanted) => {
  expect(backendOfPeer({ name }, ours)).toBe(wanted);
  expect(backendOfPeer({ name, backend: "node" }, ours)).toBe("node");
});
