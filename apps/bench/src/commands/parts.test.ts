import { expect, test } from "vitest";
import { benchProgram } from "../testing/bench";
import { partsOf } from "./start-up";

const { run, file, tiny, json } = benchProgram();

test("what each part of a start took", () => {
  const marks = { node: 1, imports: 3, backend: 7, model: 15, firstStep: 31, secondStep: 63 };
  expect(partsOf(marks)).toEqual({
    ...{
      node: 1,
      imports: 2,
      backend: 4,
      model: 8,
      firstStep: 16,
      secondStep: 32,
      toFirstStep: 31,
    },
  });
});

test("times a start", () => {
  const { status, stdout } = run(
    ...["start-up", "--config", tiny(), "--backend", "cpu", "--runs", "2"],
    ...["--json", file("start-up.json")],
  );
  expect(status).toBe(0);
  expect(stdout).toMatch(/^start to first step +[\d.]+ ms median/m);
  const { phases, wholeMs } = json("start-up.json");
  expect(phases.imports.median).toBeGreaterThan(0);
  expect(wholeMs.median).toBeGreaterThan(phases.toFirstStep.median);
});

test("times operations with the engine's kernels and without", () => {
  const { status, stdout } = run(
    ...["ops", "--config", tiny(), "--backend", "simd", "--threads", "1", "--runs", "1"],
    ...["--json", file("ops.json")],
  );
  expect(status).toBe(0);
  expect(stdout).toMatch(/^layerNorm, forward and backward +[\d.]+ ms, reference [\d.]+ ms/m);
  const { ops, kernels } = json("ops.json");
  expect(kernels).toContain("TxAttention");
  for (const { op, standings, failures } of ops) {
    expect([op, failures]).toEqual([op, []]);
    expect(standings.length % 2).toBe(0);
  }
});

test("times references alone where there is no engine", () => {
  const { stdout } = run(
    ...["ops", "--config", tiny(), "--backend", "cpu", "--only", "gelu", "--runs", "1"],
  );
  expect(stdout).toMatch(/^kernels +none on this backend: references alone$/m);
  expect(stdout).toMatch(/^gelu, tanh, forward +reference [\d.]+ ms$/m);
});

test("times each positional strategy", () => {
  const { status, stdout } = run(
    ...["positional", "--config", tiny(), "--backend", "simd", "--threads", "1", "--runs", "1"],
    ...["--json", file("positional.json")],
  );
  expect(status).toBe(0);
  expect(stdout).toMatch(/^rope +forward [\d.]+ ms .* times nope\), step [\d.]+ ms/m);
  const { standings, failures } = json("positional.json");
  expect(failures).toEqual([]);
  expect(standings).toHaveLength(34);
});

test("measures bundles", () => {
  const { status, stdout } = run("size", "--json", file("size.json"));
  expect(status).toBe(0);
  expect(stdout).toMatch(/^@tx\/ops +[\d.]+ kB +[\d.]+ kB +[\d.]+ kB$/m);
  const { sizes } = json("size.json");
  const sized = (name: string) =>
    sizes.find((entry: { name: string }) => entry.name === name).size.minified;
  expect(sized("{ rmsNorm } of @tx/ops")).toBeLessThan(sized("@tx/ops"));
  expect(sized("a GPT that generates")).toBeLessThan(sized("a GPT that trains and generates"));
});
