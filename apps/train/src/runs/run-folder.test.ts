import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { memory } from "@tensorflow/tfjs-core";
import { Module, Rng } from "@tx/core";
import { hostileJson, sharedNames } from "@tx/testing";
import type { Json, Optimizer } from "@tx/training";
import { saveRun } from "@tx/training/node";
import { afterAll, describe, expect, test } from "vitest";
import { resolveConfig } from "../config/resolve";
import { loadTask } from "../tasks/load-task";
import { Trainer } from "../training/trainer";
import { UserError } from "../user-error";
import { loadFromFolder, readConfig } from "./run-folder";

/** So many files are tried; TX_FUZZ asks for more. */
const TIMES = Number(process.env.TX_FUZZ ?? 30);
const released = fileURLToPath(new URL("../../../../release/fixtures/released", import.meta.url));
const versions = readdirSync(released).sort();

test.each(versions)("the run that %s saved goes on", async (version) => {
  const before = memory().numTensors;
  const { state, run } = await loadFromFolder(join(released, version, "train"));
  const task = await loadTask(state.config, { name: run.name, saved: state.task });
  const trainer = Trainer.create(state.config, task, state.maxLen, run);
  expect(trainer.steps).toBe(2);
  trainer.dispose();
  expect(memory().numTensors).toBe(before);
});

describe("of somebody who means harm", () => {
  const folder = mkdtempSync(join(tmpdir(), "tx-hostile-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  test("what a run says besides its weights: read as it says, or refused in a sentence", async () => {
    const { run } = await loadFromFolder(join(released, versions.at(-1)!, "train"));
    const text = JSON.stringify(run.config);
    const rng = new Rng(31);
    let refused = 0;
    for (let n = 0; n < TIMES; n++) {
      const config = parsed(hostileJson(text, (n) => rng.integer(n)));
      if (config === undefined) continue;
      await saveRun(folder, { ...nothing(), config });
      try {
        const { state, run } = await loadFromFolder(folder);
        await loadTask(state.config, { name: run.name, saved: state.task });
      } catch (error) {
        refused++;
        expect(error).toBeInstanceOf(UserError);
      }
      expect(sharedNames()).toEqual([]);
    }
    expect(refused).toBeGreaterThan(TIMES / 10);
  });

  test("a file of settings: settings, or refused in a sentence", async () => {
    const path = join(folder, "config.json");
    const text = JSON.stringify({ layers: 2, positional: "rope", positionalOptions: { base: 3 } });
    const rng = new Rng(37);
    let refused = 0;
    for (let n = 0; n < 4 * TIMES; n++) {
      writeFileSync(
        path,
        hostileJson(text, (n) => rng.integer(n)),
      );
      try {
        resolveConfig(await readConfig(path));
      } catch (error) {
        refused++;
        expect(error).toBeInstanceOf(UserError);
        expect((error as Error).message).toContain(path);
      }
      expect(sharedNames()).toEqual([]);
    }
    expect(refused).toBeGreaterThan(TIMES);
  });

  test("a file of settings without end is not read", async () => {
    const path = join(folder, "config.json");
    writeFileSync(path, `{"text":"${"x".repeat(2 ** 20)}"}`);
    await expect(readConfig(path)).rejects.toThrow(
      `${path}: expected settings of at most 1048576 bytes, got 1048587`,
    );
  });
});

function nothing() {
  const optimizer = { steps: 0, state: () => new Map() } as unknown as Optimizer;
  return { model: new (class extends Module {})(), optimizer };
}

/** Undefined for what is no JSON, which is refused before it gets there. */
function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}
