import { expect, test } from "vitest";
import { configs } from "./configs";
import { suiteOf } from "./suite";

test.each([
  ["webgpu", ["step-small", "step-gpu", "step-gpt2"]],
  ["simd", ["step-small", "step-small-packages", "step-wide"]],
])("on %s it measures the models that suit it", (backend, steps) => {
  const parts = suiteOf({ backend, quick: false, python: "python3" });
  const files = parts.map(({ file }) => file);
  expect(files.filter((file) => file.startsWith("step"))).toEqual(steps);
  expect(new Set(files).size).toBe(files.length);
  expect(files.includes("counts-gpu")).toBe(backend === "webgpu");
  for (const { args } of parts) {
    expect(args.slice(-2)).toEqual(["--backend", backend]);
    const config = args[args.indexOf("--config") + 1];
    if (args.includes("--config")) expect(Object.keys(configs)).toContain(config);
  }
});

test("a quick one runs everything once", () => {
  const full = suiteOf({ backend: "webgpu", quick: false, python: "p" });
  const quick = suiteOf({ backend: "webgpu", quick: true, python: "p" });
  expect(quick.map(({ file }) => file)).toEqual(full.map(({ file }) => file));
  const counts = quick.flatMap(({ args }) =>
    args.flatMap((arg, n) => (/^--(steps|runs|warmup)$/.test(arg) ? [args[n + 1]] : [])),
  );
  expect(new Set(counts)).toEqual(new Set(["1"]));
});
