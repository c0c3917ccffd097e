import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dispose, memory } from "@tensorflow/tfjs-core";
import { loadModel } from "@tx/model/node";
import { scheduleFromJSON } from "@tx/schedule";
import { CharTokenizer, restoreRun } from "@tx/training";
import { loadRun } from "@tx/training/node";
import { describe, expect, test } from "vitest";
import {
  type Expected,
  folderOf,
  makeModels,
  makeRun,
  makeSchedules,
  outputOf,
  ratesOf,
  text,
  versions,
} from "./released";
import { saveVersion } from "./save-version";

const expectedIn = (folder: string) =>
  JSON.parse(readFileSync(join(folder, "expected.json"), "utf8")) as Expected;

test("every release is there, or what came before the first", () => {
  const manifest = new URL("../../packages/core/package.json", import.meta.url);
  const { version } = JSON.parse(readFileSync(manifest, "utf8")) as { version: string };
  expect(versions()).toContain(version);
});

describe.each(versions())("what %s saved", (version) => {
  const folder = folderOf(version);
  const expected = expectedIn(folder);

  test.each(Object.entries(expected.outputs))("%s gives the same output", async (name, wanted) => {
    const before = memory().numTensors;
    const model = await loadModel(join(folder, `${name}.safetensors`));
    const output = outputOf(model);
    expectNear(await output.data(), wanted);
    dispose(output);
    model.dispose();
    expect(memory().numTensors).toBe(before);
  });

  test("the run goes on as it would have", async () => {
    const run = makeRun();
    const saved = await loadRun(folder);
    dispose([...restoreRun(saved, run).values()]);
    expect(saved.cursor).toEqual({ epoch: 1 });
    expectNear([await run.step(), await run.step()], expected.losses);
    run.dispose();
  });

  test("schedules and the tokenizer do what they did", () => {
    for (const { config, rates } of expected.schedules) {
      expectNear(ratesOf(scheduleFromJSON(config)), rates);
    }
    const { config, ids } = expected.tokenizer;
    const tokenizer = CharTokenizer.fromJSON(config as never);
    expect([...tokenizer.encode(text)]).toEqual(ids);
  });
});

test("what this version saves is as much as the newest folder holds", async () => {
  const folder = mkdtempSync(join(tmpdir(), "tx-version-"));
  try {
    await saveVersion(folder);
    const expected = expectedIn(folder);
    expect(Object.keys(expected.outputs)).toEqual(makeModelNames());
    expect(expected.losses.every(Number.isFinite)).toBe(true);
    expect(expected.schedules.length).toBe(makeSchedules().length);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

function expectNear(got: ArrayLike<number>, wanted: ArrayLike<number>): void {
  const off = Array.from(wanted, (value, n) => Math.abs(got[n]! - value) / (1 + Math.abs(value)));
  expect(got.length).toBe(wanted.length);
  expect(Math.max(...off)).toBeLessThan(1e-5);
}

function makeModelNames(): string[] {
  const models = makeModels();
  for (const model of models.values()) model.dispose();
  return [...models.keys()];
}
