import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { committedResults, readmeFile } from "./folders";
import { END, performanceSection, START, withSection } from "./performance";
import type { ModelResult, Row } from "./result";

const row = (name: string, median: number, count = 4): Row => ({
  ...{ name, median, count, min: median / 2, max: 2 * median, quartiles: [median, median] },
});

const result = (device: string, rows: Row[], work = "training step, small"): ModelResult => ({
  ...{ command: "step", work, rows, failures: [], source: "step.json" },
  where: { machine: "M, 2 cores", device, node: "v20.1.0", date: "2026-05-06T07:08:09.000Z" },
});

test("the README's section is what its results say", () => {
  const readme = readFileSync(readmeFile, "utf8");
  // If not: npm run docs:performance
  expect(readme).toBe(withSection(readme, performanceSection(committedResults())));
});

test("takes the newest folder, joins its files and puts ours first", () => {
  const section = performanceSection([
    { name: "2026-01-01-m", results: [result("CPU M", [row("simd, 1 thread", 1)])] },
    {
      name: "2026-02-02-m",
      results: [
        result("CPU M", [row("PyTorch eager, 1 thread", 30), row("simd, 1 thread", 20, 2)]),
        result("CPU M", [row("simd, 1 thread", 10, 8), row("stock on wasm", 2500)]),
      ],
    },
  ]);
  expect(section).toBe(
    `M, 2 cores, Node 20.1.0, 2026-05-06 ([figures](docs/results/2026-02-02-m)). Only what took turns in one run, which is in one file, compares exactly.

| median (least to greatest) | simd, 1 thread         | PyTorch eager, 1 thread | stock on wasm         |
| -------------------------- | ---------------------- | ----------------------- | --------------------- |
| training step, small       | 10.0 ms (5.00 to 20.0) | 30.0 ms (15.0 to 60.0)  | 2.50 s (1.25 to 5.00) |`,
  );
});

test("shows a real GPU before the CPU, and no emulated one", () => {
  const gpu = result("GPU Some Maker", [row("webgpu", 3)]);
  const failed = { ...gpu, failures: [{ name: "genai on webgpu", error: "lost" }] };
  const emulated = result("software adapter swiftshader", [row("webgpu", 9000)]);
  const cpu = result("CPU M", [row("simd, 1 thread", 10)]);
  const section = performanceSection([
    { name: "2026-01-01-m", results: [cpu] },
    { name: "2026-02-02-gpu", results: [failed, emulated] },
  ]);
  expect(section.indexOf("GPU Some Maker; M, 2 cores")).toBe(0);
  expect(section.indexOf("simd, 1 thread")).toBeGreaterThan(section.indexOf("| webgpu"));
  expect(section).not.toContain("9,000");
  expect(section).toContain("- genai on webgpu could not do the training step: lost");
});

test("replaces what is between the marks, and nothing else", () => {
  expect(withSection(`a\n${START}\nold\n${END}\nb`, "new")).toBe(`a\n${START}\n\nnew\n\n${END}\nb`);
});

test.each(["", START, END, `${END}${START}`, `${START}${START}${END}`])(
  "refuses a text with the marks %j",
  (text) => {
    expect(() => withSection(text, "new")).toThrow("README.md: expected <!-- performance");
  },
);
