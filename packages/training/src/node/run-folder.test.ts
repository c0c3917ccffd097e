import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getBackend } from "@tensorflow/tfjs-core";
import { expectNoLeak } from "@tx/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { AdamW, encodeRun, restoreRun } from "../index";
import { TinyGpt } from "../testing/tiny-gpt";
import { loadRun, saveRun } from "./index";

const FILE = "run.safetensors";
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tx-run-"));
});
afterEach(() => rm(folder, { recursive: true }));

function made(seed = 3) {
  const model = new TinyGpt({ layers: 1, seed });
  const optimizer = new AdamW({ parameters: model.parameters() });
  return { model, optimizer, random: { dropout: model.rng }, cursor: { at: seed } };
}

// Files are the same whatever the backend.
describe.runIf(getBackend() === "cpu")("a folder", () => {
  test("a saved run comes back, over an older one", async () => {
    const [run, other] = [made(), made(4)];
    await saveRun(folder, other);
    expect(await saveRun(folder, run)).toBe(join(folder, FILE));
    expect(await readdir(folder)).toEqual([FILE]);
    const wanted = await encodeRun(run);
    expect(new Uint8Array(await readFile(join(folder, FILE)))).toEqual(wanted);
    await expectNoLeak(async () => {
      const saved = await loadRun(folder);
      restoreRun(saved, other);
      expect(saved.cursor).toEqual({ at: 3 });
    });
    expect(await encodeRun({ ...other, cursor: { at: 3 } })).toEqual(wanted);
  });

  test("is made if it is not there", async () => {
    const path = await saveRun(join(folder, "runs", "one"), made());
    expect(path).toBe(join(folder, "runs", "one", FILE));
    expect((await loadRun(join(folder, "runs", "one"))).steps).toBe(0);
  });

  test("what a killed process left by the side is removed", async () => {
    const own = `${FILE}.${process.pid}.1.saving`;
    for (const name of [`${FILE}.1.x.saving`, own, "notes.saving", `${FILE}.bak`]) {
      await writeFile(join(folder, name), "half");
    }
    await saveRun(folder, made());
    expect((await readdir(folder)).sort()).toEqual(
      ["notes.saving", FILE, own, `${FILE}.bak`].sort(),
    );
  });

  test("a run that cannot be saved leaves the old one, and nothing besides", async () => {
    await saveRun(folder, made());
    const before = await readFile(join(folder, FILE));
    const wrong = { ...made(), cursor: Number.NaN };
    await expect(saveRun(folder, wrong)).rejects.toThrow(
      "run.cursor: expected plain JSON, got NaN",
    );
    await expect(saveRun(join(folder, FILE), made())).rejects.toThrow("EEXIST");
    expect(await readdir(folder)).toEqual([FILE]);
    expect(await readFile(join(folder, FILE))).toEqual(before);
    // A folder where the file is to be: the renaming fails when all is written.
    await mkdir(join(folder, "other", FILE), { recursive: true });
    await expect(saveRun(join(folder, "other"), made())).rejects.toThrow(/EISDIR|ENOTEMPTY|EPERM/);
    expect(await readdir(join(folder, "other"))).toEqual([FILE]);
  });

  test("a file that is missing, cut off or changed is refused by its path", async () => {
    const path = join(folder, FILE);
    await expect(loadRun(folder)).rejects.toThrow(
      new Error(`${path}: expected a saved run, got none that can be read (ENOENT)`),
    );
    await saveRun(folder, made());
    const bytes = await readFile(path);
    await writeFile(path, bytes.subarray(0, bytes.length - 1));
    await expect(loadRun(folder)).rejects.toThrow(`${path}: expected`);
    bytes[bytes.length - 3]! ^= 4;
    await writeFile(path, bytes);
    await expect(loadRun(folder)).rejects.toThrow(`${path}: expected the checksum`);
  });
});
