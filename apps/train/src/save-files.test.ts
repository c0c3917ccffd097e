import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { finishSave, saveFiles } from "./save-files";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tx-save-"));
});
afterEach(() => rm(folder, { recursive: true }));

const contents = async () => {
  const names = (await readdir(folder)).sort();
  return Promise.all(names.map(async (name) => [name, await readFile(join(folder, name), "utf8")]));
};

describe("saveFiles", () => {
  it("writes text and bytes, over what is there", async () => {
    await saveFiles(folder, new Map([["a", "old"]]));
    const files = new Map<string, Uint8Array | string>([
      ["a", "new"],
      ["b", Uint8Array.of(104, 105)],
    ]);
    await saveFiles(folder, files);
    expect(await contents()).toEqual([
      ["a", "new"],
      ["b", "hi"],
    ]);
  });

  it("leaves all old files when one cannot be written", async () => {
    await saveFiles(folder, new Map([["a", "old"]]));
    const files = new Map([
      ["a", "new"],
      ["no/such/folder", "x"],
    ]);
    await expect(saveFiles(folder, files)).rejects.toThrow("ENOENT");
    expect(await contents()).toEqual([["a", "old"]]);
  });
});

describe("finishSave", () => {
  it("drops a save that was cut off before it counted", async () => {
    await writeFile(join(folder, "a"), "old");
    await mkdir(join(folder, ".saving"));
    await writeFile(join(folder, ".saving", "a"), "ne");
    await finishSave(folder);
    expect(await contents()).toEqual([["a", "old"]]);
  });

  it("completes a save that was cut off between two files", async () => {
    await writeFile(join(folder, "a"), "new");
    await writeFile(join(folder, "b"), "old");
    await mkdir(join(folder, ".saved"));
    await writeFile(join(folder, ".saved", "b"), "new");
    await finishSave(folder);
    expect(await contents()).toEqual([
      ["a", "new"],
      ["b", "new"],
    ]);
  });
});
