import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { committedResults } from "./folders";
import { readResult, resultOf } from "./read";

const folder = mkdtempSync(join(tmpdir(), "tx-bench-"));
afterAll(() => rmSync(folder, { recursive: true }));

const config = { layers: 1, heads: 2, dModel: 8, length: 5, batch: 3, vocabSize: 7 };
const where = {
  ...{ backend: "simd", node: "v20.0.0", date: "2026-01-02T03:04:05.000Z" },
  device: "CPU Some Processor, WebAssembly relaxed SIMD, 2 threads (@tx/simd)",
};
const step = {
  ...where,
  ...{ configName: "small", config, medianMs: 10, minMs: 8, maxMs: 20, steps: 6 },
  ...{ tokensPerSecond: 1500, kernelCalls: 99, peakRssBytes: 5 },
};

test("reads a step from before there were peers", () => {
  const torch = { name: "torch 1.13, 1 threads", times: [3, 5], threads: 1, peakRssBytes: 7 };
  expect(resultOf({ ...step, torch }, "a/step.json")).toEqual({
    ...{ command: "step", source: "step.json", failures: [], kernelCalls: 99 },
    work: "training step, small: 1 layers, 2 heads, dModel 8, length 5, batch 3, vocabulary 7",
    where: {
      ...{ machine: "Some Processor", device: where.device, node: where.node, date: where.date },
    },
    rows: [
      {
        ...{ name: "simd, 2 threads", count: 6, median: 10, min: 8, max: 20, quartiles: [10, 10] },
        ...{ tokensPerSecond: 1500, peakRssBytes: 5 },
      },
      {
        ...{ name: "PyTorch eager, 1 thread", count: 2, median: 4, min: 3, max: 5 },
        ...{ quartiles: [3.5, 4.5], tokensPerSecond: 3750, peakRssBytes: 7 },
      },
    ],
  });
});

test("reads a step with peers", () => {
  const read = resultOf(
    {
      ...{ ...step, command: "step", machine: { processor: "P", cores: 4 }, backend: "webgpu" },
      device: "GPU Some Maker",
      contention: { loopSlowDown: { median: 1.25, max: 3 } },
      ceiling: { gflops: 1000 },
      deviceCounts: { dispatches: 200 },
      standings: [
        { name: "webgpu", peer: "tx", times: [1, 2, 3], gflops: 5 },
        { name: "genai on webgpu", peer: "genai", times: [4] },
        {
          ...{ name: "torch compiled", peer: "torch", version: "PyTorch 2.9 compiled" },
          ...{ times: [1], threads: 8, device: "Some Card, CUDA 12.8, float32" },
        },
      ],
      failures: [{ name: "gpt-tfjs on webgpu", error: "out of memory" }],
    },
    "step.json",
  );
  expect(read).toMatchObject({
    where: { machine: "P, 4 cores", slowDown: 1.25 },
    ...{ ceilingGflops: 1000, dispatches: 200 },
    failures: [{ name: "gpt-tfjs on webgpu", error: "out of memory" }],
    rows: [
      { name: "webgpu", median: 2, count: 3, gflops: 5, tokensPerSecond: 7500 },
      { name: "genai on webgpu", median: 4 },
      { name: "PyTorch compiled, CUDA", median: 1 },
    ],
  });
});

test("reads attention of one length and of several", () => {
  const standings = [{ name: "simd", times: [4] }];
  expect(resultOf({ ...where, length: 8, peakRssBytes: 9, standings }, "a.json")).toMatchObject({
    command: "attention",
    byLength: [{ length: 8, rows: [{ name: "simd, 2 threads", median: 4, peakRssBytes: 9 }] }],
  });
  const byLength = [8, 16].map((length) => ({ length, standings }));
  const several = resultOf({ ...where, command: "attention", byLength }, "a.json");
  expect(several).toMatchObject({ byLength: [{ length: 8 }, { length: 16, failures: [] }] });
});

const numbers = (median: number) => ({ median, times: [median] });
const asked = (n: number) => ({
  ...{ dispatches: 9, submits: 2, buffersCreated: n, pipelinesCreated: 0, uploads: 1, reads: 1 },
});

test.each([
  [
    { gflops: { nn: 5 }, torch: { nn: 7 } },
    { command: "products", columns: ["simd", "PyTorch"], rows: [{ name: "nn", values: [5, 7] }] },
  ],
  [
    { config: "small", measured: [{ busy: 2, threads: 1, medianMs: 3, maxMs: 4 }] },
    { command: "load", columns: ["1 thread"], rows: [{ name: "2 busy", values: [3] }] },
  ],
  [
    {
      configName: "small",
      counts: {
        ahead: { pipelinesCreated: 35, milliseconds: 7 },
        ...{ first: asked(50), steady: asked(4), encodedMs: { median: 33 } },
      },
    },
    {
      columns: ["ahead", "first step", "steady step"],
      rows: [
        { name: "dispatches", values: [undefined, 9, 9] },
        { name: "submits", values: [undefined, 2, 2] },
        { name: "buffers created", values: [undefined, 50, 4] },
        { name: "pipelines compiled", values: [35, 0, 0] },
        { name: "tensors uploaded", values: [undefined, 1, 1] },
        { name: "tensors read", values: [undefined, 1, 1] },
        { name: "ms of the main thread", values: [undefined, undefined, 33] },
        { name: "of these on a processor", values: [undefined, undefined, undefined] },
      ],
    },
  ],
  [
    {
      configName: "/x/tiny.json",
      ops: [
        {
          op: "gelu",
          standings: [{ pass: "forward", side: "reference", ...numbers(2) }],
          failures: [{ name: "kernel, forward", error: "broken" }],
        },
      ],
    },
    {
      title: "Operations of @tx/ops at the sizes of tiny",
      rows: [{ name: "gelu", values: [undefined, 2, undefined, undefined] }],
      failures: [{ name: "gelu, kernel, forward", error: "broken" }],
    },
  ],
  [
    {
      configName: "small",
      standings: [
        { strategy: "rope", pass: "forward", ...numbers(1) },
        { strategy: "rope", pass: "step", ...numbers(3) },
      ],
    },
    { command: "positional", rows: [{ name: "rope", values: [1, 3] }] },
  ],
  [
    { configName: "small", phases: { node: { median: 30 }, toFirstStep: { median: 90 } } },
    { command: "start-up", columns: ["simd"] },
  ],
  [
    { sizes: [{ name: "@tx/ops", size: { minified: 3000, gzip: 2000, brotli: 1000 } }] },
    { command: "size", rows: [{ name: "@tx/ops", values: [3, 2, 1] }] },
  ],
])("reads the table in %j", (figures, wanted) => {
  expect(resultOf({ ...where, ...figures }, "a.json")).toMatchObject(wanted);
});

test("reads every committed file", () => {
  const folders = committedResults();
  expect(folders.length).toBeGreaterThanOrEqual(3);
  for (const { results } of folders) expect(results.length).toBeGreaterThan(0);
});

test.each([
  ["{", /^report: expected a JSON file, got .*bad.json: /],
  ['{"node":"v20"}', /^report: expected figures of this program in .*bad.json, got date: /],
  [JSON.stringify({ ...where, command: "step" }), /got configName: /],
  [JSON.stringify(where), /bad.json, got configName: /],
])("refuses %s in one line", (text, message) => {
  const file = join(folder, "bad.json");
  writeFileSync(file, text);
  expect(() => readResult(file)).toThrow(message);
  expect(() => readResult(file)).toThrow(/^[^\n]+$/);
});
