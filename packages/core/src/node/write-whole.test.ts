import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getBackend } from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { writeWhole } from "./index";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tx-write-"));
});
afterEach(() => rm(folder, { recursive: true }));

async function* pieces(...all: (number[] | Error)[]) {
  for (const piece of all) {
    if (piece instanceof Error) throw piece;
    yield Uint8Array.from(piece);
  }
}

// Files are the same whatever the backend.
describe.runIf(getBackend() === "cpu")("a file", () => {
  const path = () => join(folder, "a.bin");
  const held = async () => [...(await readFile(path()))];

  test("is written at once or in pieces, over an older one", async () => {
    await writeWhole(path(), Uint8Array.of(1, 2, 3));
    expect(await held()).toEqual([1, 2, 3]);
    await writeWhole(path(), pieces([4], [], [5, 6]));
    expect(await held()).toEqual([4, 5, 6]);
    await writeWhole(path(), pieces());
    expect(await held()).toEqual([]);
    expect(await readdir(folder)).toEqual(["a.bin"]);
  });

  test("is not there, under its name, before the last piece is written", async () => {
    await writeWhole(path(), Uint8Array.of(1));
    const seen: number[][] = [];
    async function* watched() {
      for (const n of [7, 8]) {
        seen.push(await held());
        yield Uint8Array.of(n);
      }
      seen.push(await held());
    }
    await writeWhole(path(), watched());
    expect(seen).toEqual([[1], [1], [1]]);
    expect(await held()).toEqual([7, 8]);
  });

  test("whose pieces fail stays the old one, and nothing is left beside", async () => {
    await writeWhole(path(), Uint8Array.of(1));
    const failing = writeWhole(path(), pieces([2], new Error("device lost")));
    await expect(failing).rejects.toThrow(new Error("device lost"));
    expect(await held()).toEqual([1]);
    expect(await readdir(folder)).toEqual(["a.bin"]);
  });

  test("that cannot be renamed or has no folder leaves nothing", async () => {
    await mkdir(join(folder, "a.bin"));
    await writeFile(join(folder, "a.bin", "inside"), "");
    await expect(writeWhole(path(), pieces([1]))).rejects.toThrow(/EISDIR|ENOTEMPTY|EPERM/);
    expect(await readdir(folder)).toEqual(["a.bin"]);
    await expect(writeWhole(join(folder, "b", "c"), pieces([1]))).rejects.toThrow("ENOENT");
  });
});
