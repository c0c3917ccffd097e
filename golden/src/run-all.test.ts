import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { scalar } from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, expect, test } from "vitest";
import { kinds } from "./kinds";
import { runAll } from "./run-all";

const layerNorm = readFileSync(new URL("../cases/norm/layer_norm.json", import.meta.url), "utf8");
let directory = "";

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "tx-golden-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

/** Writes a case, changed, and runs the whole folder. */
async function run(path: string, change: (file: typeof example) => void = () => {}) {
  const file = structuredClone(example);
  change(file);
  write(path, JSON.stringify(file));
  return (await runAll({ directory, kinds }))[0]!;
}

function write(path: string, text: string): void {
  mkdirSync(dirname(join(directory, path)), { recursive: true });
  writeFileSync(join(directory, path), text);
}

const example = JSON.parse(layerNorm) as {
  case: string;
  config: Record<string, unknown>;
  inputs: Record<string, { shape: number[]; data: number[] }>;
  weights: Record<string, { shape: number[]; data: number[] }>;
  outputs: Record<string, { shape: number[]; data: number[] }>;
  grads: { weights: Record<string, { shape: number[]; data: number[] }> };
};

test("an untouched case passes, under any name of the file", async () => {
  expect(await run("deep/er/renamed.json")).toEqual({
    path: "deep/er/renamed.json",
    package: "norm",
    status: "passed",
    messages: [],
  });
});

test("a tampered case fails and says where, what was wanted and what came", async () => {
  const tampered = await run("a.json", ({ outputs }) => {
    outputs.output!.data[2 * 7 + 3] = 123;
  });
  expect(tampered.status).toBe("failed");
  expect(tampered.messages).toEqual([
    expect.stringMatching(/^outputs\.output\[0, 2, 3\]: wanted 123, got -?[\d.e-]+ \(allowed ±/),
  ]);
});

test("a tampered gradient fails too", async () => {
  const tampered = await run("a.json", ({ grads }) => {
    grads.weights.bias!.data[5]! += 0.01;
  });
  expect(tampered.messages[0]).toMatch(/^grads\.weights\.bias\[5\]: wanted /);
});

test("an output that is not computed fails", async () => {
  const more = await run("a.json", ({ outputs }) => {
    outputs.variance = { shape: [1], data: [1] };
  });
  expect(more).toMatchObject({
    status: "failed",
    messages: ["outputs.variance: wanted a tensor, got none"],
  });
});

test("a flag, an input or a weight that is not understood is not mapped", async () => {
  const flag = await run("a.json", ({ config }) => {
    config.centered = false;
  });
  expect(flag).toMatchObject({
    status: "not mapped",
    messages: ["not understood: config.centered"],
  });
  const size = await run("a.json", ({ config }) => {
    config.dModel = 8;
  });
  expect(size).toMatchObject({
    status: "not mapped",
    messages: ["config.dModel: expected 7, got 8"],
  });
  const weight = await run("a.json", ({ weights }) => {
    weights.scale = { shape: [1], data: [1] };
  });
  expect(weight).toMatchObject({ status: "not mapped", messages: ["no kind is like it"] });
});

test("a kind that no code maps is not mapped", async () => {
  const stranger = await run("a.json", (file) => {
    file.case = "attention/something_new";
  });
  expect(stranger).toMatchObject({ package: "attention", status: "not mapped" });
});

test("malformed files fail by name and do not stop the others", async () => {
  write("norm/b.json", "{ not json");
  write("norm/c.json", '{"case": "norm/c"}');
  write("norm/readme.md", "no case");
  await run("norm/a.json");
  const outcomes = await runAll({ directory, kinds });
  expect(outcomes.map(({ path, status }) => [path, status])).toEqual([
    ["norm/a.json", "passed"],
    ["norm/b.json", "failed"],
    ["norm/c.json", "failed"],
  ]);
  expect(outcomes[1]!.messages[0]).toMatch(/^malformed: /);
  expect(outcomes[2]!.messages[0]).toBe("malformed: outputs: expected an object, got undefined");
});

test("only the paths asked for are run", async () => {
  await run("norm/a.json");
  await run("other/b.json");
  const outcomes = await runAll({ directory, kinds, only: "other" });
  expect(outcomes.map(({ path }) => path)).toEqual(["other/b.json"]);
});

test("a folder that is not there is an error", async () => {
  await expect(runAll({ directory: join(directory, "none"), kinds })).rejects.toThrow("ENOENT");
});

test("a kind that throws, or leaves tensors behind, fails", async () => {
  write("a.json", layerNorm);
  const broken = { name: "broken", matches: () => true };
  const read = (reader: Parameters<(typeof kinds)[number]["map"]>[0]) => {
    for (const name of Object.keys(reader.golden.inputs)) reader.input(name);
    for (const name of Object.keys(reader.golden.weights)) reader.weight(name);
    reader.remarks(...Object.keys(reader.golden.config));
  };
  const throwing = {
    ...broken,
    map: () => {
      throw new RangeError("x: expected 1, got 2");
    },
  };
  expect(await runAll({ directory, kinds: [throwing] })).toMatchObject([
    { status: "failed", messages: ["x: expected 1, got 2"] },
  ]);
  const left: { dispose(): void }[] = [];
  const leaking: (typeof kinds)[number] = {
    ...broken,
    map: (reader) => {
      read(reader);
      return async () => {
        left.push(scalar(1));
        const numbersOf = (
          tensors: Readonly<Record<string, { readonly data: readonly number[] }>>,
        ) => Object.fromEntries(Object.entries(tensors).map(([name, { data }]) => [name, data]));
        const { outputs, grads } = reader.golden;
        return {
          outputs: numbersOf(outputs),
          grads: { inputs: numbersOf(grads.inputs), weights: numbersOf(grads.weights) },
        };
      };
    },
  };
  expect(await runAll({ directory, kinds: [leaking] })).toMatchObject([
    { status: "failed", messages: ["left 1 tensors behind"] },
  ]);
  for (const tensor of left) tensor.dispose();
});
