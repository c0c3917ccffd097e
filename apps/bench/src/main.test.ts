import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, expect, test } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "tx-bench-"));
afterAll(() => rmSync(folder, { recursive: true }));

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const tsx = pathToFileURL(createRequire(here("../../../package.json")).resolve("tsx")).href;
const bench = (...args: string[]) =>
  spawnSync(process.execPath, ["--import", tsx, here("main.ts"), ...args], { encoding: "utf8" });

test("times a step, prints it and writes it", () => {
  const config = join(folder, "tiny.json");
  const sizes = { layers: 1, heads: 2, dModel: 8, length: 5, batch: 3, vocabSize: 7 };
  writeFileSync(config, JSON.stringify(sizes));
  const json = join(folder, "step.json");
  const { status, stdout, stderr } = bench(
    ...["step", "--config", config, "--backend", "cpu", "--steps", "4", "--json", json],
  );
  expect(stderr).toBe("");
  expect(status).toBe(0);
  expect(stdout).toMatch(/^cpu +[\d.]+ ms median of 4/m);
  const report = JSON.parse(readFileSync(json, "utf8"));
  expect(report).toMatchObject({ backend: "cpu", config: sizes, steps: 4, node: process.version });
  // One attention layer of width 8 without biases, a feed-forward of 32, three norms, two tables.
  expect(report.parameters).toBe(4 * 64 + 2 * 256 + 3 * 8 + 7 * 8 + 5 * 8);
  expect(report.medianMs).toBeGreaterThan(0);
  expect(report.minMs).toBeLessThanOrEqual(report.medianMs);
  expect(report.tokensPerSecond).toBeCloseTo(15_000 / report.medianMs, 6);
  expect(report.kernelCalls).toBeGreaterThan(100);
  expect(report.peakBytes).toBeGreaterThan(report.parameters * 4);
  expect(report.device).toEqual(expect.any(String));
  expect(report.loadAverage.before).toBeGreaterThanOrEqual(0);
});

test("times a step that skips beside one that never does", () => {
  const config = join(folder, "tiny.json");
  const sizes = { layers: 1, heads: 2, dModel: 8, length: 5, batch: 3, vocabSize: 7 };
  writeFileSync(config, JSON.stringify(sizes));
  const json = join(folder, "apply.json");
  const { status, stdout, stderr } = bench(
    ...["step", "--config", config, "--backend", "cpu", "--steps", "4", "--vs-apply"],
    ...["--json", json],
  );
  expect(stderr).toBe("");
  expect(status).toBe(0);
  expect(stdout).toMatch(/^cpu, "apply" +[\d.]+ ms median of 4/m);
  const { apply, kernelCalls } = JSON.parse(readFileSync(json, "utf8"));
  expect(apply.medianMs).toBeGreaterThan(0);
  // On the cpu the norm is at hand: no kernel looks whether it is finite.
  expect(apply.kernelCalls).toBe(kernelCalls);
});

test("times generation and attention", () => {
  const config = join(folder, "tiny.json");
  const sizes = { layers: 1, heads: 2, dModel: 8, length: 5, batch: 3, vocabSize: 7 };
  writeFileSync(config, JSON.stringify(sizes));
  const generated = bench(
    "generate",
    "--config",
    config,
    "--backend",
    "cpu",
    "--runs",
    "1",
    "--warmup",
    "1",
  );
  expect(generated.stdout).toMatch(/^speed +[\d,]+ tokens\/s, 4 tokens a run$/m);
  const attended = bench("attention", "--length", "7", "--backend", "cpu", "--runs", "1");
  expect(attended.stdout).toMatch(/^cpu +[\d.]+ ms median of 1/m);
});

test("times a step beside other processes", () => {
  const config = join(folder, "tiny.json");
  const sizes = { layers: 1, heads: 2, dModel: 8, length: 5, batch: 3, vocabSize: 7 };
  writeFileSync(config, JSON.stringify(sizes));
  const json = join(folder, "load.json");
  const { status, stderr } = bench(
    ...["load", "--busy", "0", "1", "--threads", "1", "--config", config, "--steps", "4"],
    ...["--json", json],
  );
  expect(stderr).toBe("");
  expect(status).toBe(0);
  const { measured } = JSON.parse(readFileSync(json, "utf8"));
  expect(measured.map(({ busy, threads }: Record<string, number>) => [busy, threads])).toEqual([
    [0, 1],
    [1, 1],
  ]);
  for (const { medianMs, maxMs } of measured) {
    expect(medianMs).toBeGreaterThan(0);
    expect(maxMs).toBeGreaterThanOrEqual(medianMs);
  }
});

test.each([
  [
    ["step", "--vs", "torch", "--backend", "cpu", "--python", "no-python"],
    "--vs torch: no-python: ",
  ],
  [["step", "--config", "tiny"], "--config: expected small, wide or a JSON file, got tiny"],
  [["step", "--backend", "tpu"], 'got "tpu"'],
  [["step", "--steps", "0"], "expected a whole number from 1"],
  [["walk"], "unknown command 'walk'"],
])("refuses %o in one line with exit code 1", (args, message) => {
  const { status, stdout, stderr } = bench(...args);
  expect(status).toBe(1);
  expect(stdout).toBe("");
  expect(stderr.trim()).toContain(message);
  expect(stderr.trim().split("\n")).toHaveLength(1);
});
