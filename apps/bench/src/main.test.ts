import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { benchProgram, tinySizes } from "./testing/bench";

const { run, file, tiny, json } = benchProgram();

test("times a step, prints it and writes it", () => {
  const { status, stdout, stderr } = run(
    ...["step", "--config", tiny(), "--backend", "cpu", "--steps", "4"],
    ...["--vs", "stock,torch", "--python", "no-such-python", "--json", file("step.json")],
  );
  expect(stderr).toBe("");
  expect(status).toBe(0);
  expect(stdout).toMatch(/^cpu +[\d.]+ ms median of 4/m);
  expect(stdout).toMatch(/^stock on cpu +[\d.]+ ms median of 4 .* times cpu$/m);
  expect(stdout).toMatch(/^torch eager +cannot: spawn no-such-python ENOENT$/m);
  const report = json("step.json");
  expect(report).toMatchObject({
    ...{ command: "step", backend: "cpu", config: tinySizes, steps: 4, node: process.version },
    standings: [
      { name: "cpu", peer: "tx" },
      { name: "stock on cpu", peer: "stock", version: "tfjs 4.22.0" },
    ],
    failures: [
      { name: "torch eager", error: "spawn no-such-python ENOENT" },
      { name: "torch compiled", error: "spawn no-such-python ENOENT" },
    ],
  });
  // One attention layer of width 8 without biases, a feed-forward of 32, three norms, two tables.
  expect(report.parameters).toBe(4 * 64 + 2 * 256 + 3 * 8 + 7 * 8 + 5 * 8);
  expect(report.medianMs).toBeGreaterThan(0);
  expect(report.minMs).toBeLessThanOrEqual(report.medianMs);
  expect(report.tokensPerSecond).toBeCloseTo(15_000 / report.medianMs, 6);
  expect(report.kernelCalls).toBeGreaterThan(100);
  expect(report.peakBytes).toBeGreaterThan(report.parameters * 4);
  expect(report.device).toEqual(expect.any(String));
  expect(report.ceiling.gflops).toBeGreaterThan(report.gflops);
  expect(report.contention.loopSlowDown.median).toBeGreaterThanOrEqual(1);
  for (const standing of report.standings) expect(standing.peakRssBytes).toBeGreaterThan(1e6);
});

test("times a step that skips beside one that never does", () => {
  const { status, stdout, stderr } = run(
    ...["step", "--config", tiny(), "--backend", "cpu", "--steps", "4", "--vs-apply"],
    ...["--json", file("apply.json")],
  );
  expect(stderr).toBe("");
  expect(status).toBe(0);
  expect(stdout).toMatch(/^cpu, "apply" +[\d.]+ ms median of 4/m);
  const { apply, kernelCalls } = json("apply.json");
  expect(apply.medianMs).toBeGreaterThan(0);
  // On the cpu the norm is at hand: no kernel looks whether it is finite.
  expect(apply.kernelCalls).toBe(kernelCalls);
});

test("checks that a backend multiplies and trains", () => {
  const { status, stdout, stderr } = run("check", "--backend", "cpu");
  expect(stderr).toBe("");
  expect(status).toBe(0);
  expect(stdout).toMatch(
    /^cpu: .+\na matrix product: right\na training step: the loss of its batch went from 2\.\d+ to 2\.\d+\n$/,
  );
});

test("times generation and attention", () => {
  const generated = run(
    ...["generate", "--config", tiny(), "--backend", "cpu", "--runs", "1", "--warmup", "1"],
    ...["--vs", "stock", "--json", file("generate.json")],
  );
  expect(generated.stdout).toMatch(/^speed +[\d,]+ tokens\/s, 4 tokens a run$/m);
  expect(json("generate.json").standings).toMatchObject([{ peer: "tx" }, { peer: "stock" }]);
  const attended = run(
    ...["attention", "--lengths", "7,11", "--backend", "cpu", "--runs", "1", "--vs", "stock"],
    ...["--json", file("attention.json")],
  );
  expect(attended.stdout.match(/^cpu +[\d.]+ ms median of 1/gm)).toHaveLength(2);
  const { byLength } = json("attention.json");
  expect(byLength.map(({ length }: { length: number }) => length)).toEqual([7, 11]);
  expect(byLength[1].standings[1]).toMatchObject({ name: "stock on cpu", peer: "stock" });
});

test("times a step beside other processes", () => {
  const { status, stderr } = run(
    ...["load", "--busy", "0", "1", "--threads", "1", "--config", tiny(), "--steps", "4"],
    ...["--json", file("load.json")],
  );
  expect(stderr).toBe("");
  expect(status).toBe(0);
  const { measured } = json("load.json");
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
  [["step", "--vs", "keras"], "--vs: expected some of stock, genai, gpt-tfjs, torch, got keras"],
  [
    ["step", "--config", "tiny"],
    "--config: expected small, wide, gpu, gpt2 or a JSON file, got tiny",
  ],
  [["step", "--backend", "tpu"], 'got "tpu"'],
  [["step", "--steps", "0"], "expected a whole number from 1"],
  [["attention", "--lengths", "8,x"], "expected a whole number from 1"],
  [["products", "--vs", "stock"], "--vs: expected torch or none for products, got stock"],
  [["ops", "--only", "convolution"], "--only: expected a part of linear, bias and residual;"],
  [["positional", "--only", "sine"], "--only: expected a part of nope;"],
  [["start-up", "--backend", "tpu"], 'got "tpu"'],
  [["walk"], "unknown command 'walk'"],
])("refuses %o in one line with exit code 1", (args, message) => {
  const { status, stdout, stderr } = run(...args);
  expect(status).toBe(1);
  expect(stdout).toBe("");
  expect(stderr.trim()).toContain(message);
  expect(stderr.trim().split("\n")).toHaveLength(1);
});

test("the programs lie where the bundle is", () => {
  for (const program of ["stock", "genai", "gpt-tfjs", "start-up", "start-up-work"]) {
    expect(existsSync(file(`${program}.mjs`))).toBe(true);
  }
});
