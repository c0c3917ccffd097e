import { expect, test } from "vitest";
import { describeAdapter, isSoftwareAdapter } from "./software-adapter";

test.each([
  ["SwiftShader in Chrome", { vendor: "google", architecture: "swiftshader" }],
  ["SwiftShader in Dawn", { vendor: "google", description: "SwiftShader driver 5.0.0" }],
  ["llvmpipe", { vendor: "mesa", device: "llvmpipe-(llvm-15.0.7,-256-bits)" }],
  ["lavapipe", { description: "lavapipe Mesa 23.1" }],
  ["WARP", { vendor: "microsoft", architecture: "warp" }],
  ["WARP by its driver", { vendor: "microsoft", description: "Microsoft Basic Render Driver" }],
  [
    "Apple's",
    { vendor: "apple", device: "apple-software-renderer", description: "Software Renderer" },
  ],
  ["any fallback", { vendor: "nvidia", isFallbackAdapter: true }],
])("%s is software", (_, info) => {
  expect(isSoftwareAdapter(info)).toBe(true);
});

test.each([
  ["NVIDIA", { vendor: "nvidia", architecture: "ampere", description: "NVIDIA: 535.104.05" }],
  ["AMD", { vendor: "amd", architecture: "rdna-3", description: "AMD Software: Adrenalin 24.5" }],
  ["Intel", { vendor: "intel", architecture: "xe", isFallbackAdapter: false }],
  ["Apple", { vendor: "apple", architecture: "metal-3" }],
  ["a name that holds warp", { vendor: "example", device: "warpdrive-9" }],
  ["one that says nothing", {}],
])("%s is a GPU", (_, info) => {
  expect(isSoftwareAdapter(info)).toBe(false);
});

test("describes an adapter by what it tells", () => {
  const nvidia = { vendor: "nvidia", architecture: "ampere", device: "", description: "535.104" };
  expect(describeAdapter(nvidia)).toBe("GPU nvidia ampere (535.104)");
  expect(describeAdapter({})).toBe("GPU of an unnamed vendor");
  expect(describeAdapter({ vendor: "google", architecture: "swiftshader" })).toBe(
    "software adapter google swiftshader, a GPU emulated on the CPU",
  );
});
