import { mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CharTokenizer } from "@tx/training";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { defaults } from "./config";
import { loadRun, readConfig, type SavedRun, saveRun } from "./run-folder";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tx-run-"));
});
afterEach(() => rm(folder, { recursive: true }));

const runAt = (step: number): SavedRun => ({
  config: { ...defaults, steps: 7 },
  vocabulary: CharTokenizer.of("ab\n🐋"),
  state: {
    ...{ version: 1, step, evaluatedStep: 0, maxLen: null, metricsBytes: 0 },
    random: { batches: -5, model: 7 },
    backend: { name: "cpu", device: "JavaScript" },
    text: { characters: 11, sha256: "00" },
  },
  model: Uint8Array.of(1, 2, step),
  optimizer: Uint8Array.of(4, 5, step, 6),
});

describe("saveRun and loadRun", () => {
  it("give back what was saved", async () => {
    await saveRun(folder, runAt(3));
    await saveRun(folder, runAt(4));
    expect(await loadRun(folder)).toEqual(runAt(4));
  });

  it("give back bytes that are no window on a larger buffer", async () => {
    await saveRun(folder, runAt(3));
    const { model } = await loadRun(folder);
    expect(model.constructor).toBe(Uint8Array);
    expect(model.buffer.byteLength).toBe(model.length);
  });

  it("go on from the last whole save when the next was cut off", async () => {
    await saveRun(folder, runAt(3));
    const other = await mkdtemp(join(folder, "other-"));
    await saveRun(other, runAt(4));
    await rename(other, join(folder, ".saving"));
    await rm(join(folder, ".saving", "state.json"));
    expect((await loadRun(folder)).state.step).toBe(3);
    expect(await readdir(folder)).not.toContain(".saving");
  });

  it("go on from the newest save when it counted and was not yet in place", async () => {
    await saveRun(folder, runAt(3));
    const other = await mkdtemp(join(folder, "other-"));
    await saveRun(other, runAt(4));
    await rename(other, join(folder, ".saved"));
    await rename(join(folder, ".saved", "model.safetensors"), join(folder, "model.safetensors"));
    expect(await loadRun(folder)).toEqual(runAt(4));
  });

  it("keep the earlier save when the disk refuses the next", async () => {
    await saveRun(folder, runAt(3));
    // A file where the folder for the next save would be renamed to.
    await writeFile(join(folder, ".saved"), "");
    await expect(saveRun(folder, runAt(4))).rejects.toThrow("ENOTDIR");
    await rm(join(folder, ".saved"));
    expect(await loadRun(folder)).toEqual(runAt(3));
  });

  it("notice a file of another save", async () => {
    await saveRun(folder, runAt(3));
    await writeFile(join(folder, "model.safetensors"), runAt(4).model);
    await expect(loadRun(folder)).rejects.toThrow(
      `${join(folder, "model.safetensors")}: expected the bytes that were saved, got others of the same length`,
    );
  });

  it.each([
    ['"version": 1', '"version": 2', /state\.json: version: Invalid input: expected 1$/],
    [
      '"step": 3',
      '"step": "x"',
      /state\.json: step: Invalid input: expected number, received string$/,
    ],
  ])("refuse a state with %s made %s", async (now, then, message) => {
    await saveRun(folder, runAt(3));
    const path = join(folder, "state.json");
    await writeFile(path, (await readFile(path, "utf8")).replace(now, then));
    await expect(loadRun(folder)).rejects.toThrow(message);
  });
});

describe("readConfig", () => {
  it("names the file in front of a setting", async () => {
    const path = join(folder, "my.json");
    await writeFile(path, '{"steps": 5}');
    const { values, nameOf } = await readConfig(path);
    expect(values).toEqual({ steps: 5 });
    expect(nameOf("steps")).toBe(`${path}: steps`);
  });

  it("refuses a list", async () => {
    const path = join(folder, "my.json");
    await writeFile(path, "[]");
    await expect(readConfig(path)).rejects.toThrow(/my\.json: Invalid input: expected record/);
  });
});
