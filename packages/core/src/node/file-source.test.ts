import { mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getBackend } from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { fileSource } from "./index";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tx-file-"));
});
afterEach(() => rm(folder, { recursive: true }));

// Files are the same whatever the backend.
describe.runIf(getBackend() === "cpu")("a file on the disk", () => {
  test("is read where it is asked for", async () => {
    const path = join(folder, "a");
    await writeFile(path, Uint8Array.of(0, 1, 2, 3, 4, 5, 6));
    const source = await fileSource(path);
    expect([source.name, source.size]).toEqual([path, 7]);
    expect(await source.read(5, 2)).toEqual(Uint8Array.of(5, 6));
    expect(await source.read(1, 3)).toEqual(Uint8Array.of(1, 2, 3));
    expect(await source.read(7, 0)).toEqual(new Uint8Array(0));
    await source.close!();
    await expect(source.read(0, 1)).rejects.toThrow(
      new Error(`${path}: expected a file that can be read, got EBADF`),
    );
  });

  test("that is cut off meanwhile is told of", async () => {
    const path = join(folder, "a");
    await writeFile(path, new Uint8Array(7));
    const source = await fileSource(path);
    await truncate(path, 5);
    await expect(source.read(3, 4)).rejects.toThrow(
      new Error(`${path}: expected 4 bytes from byte 3 on, got 2`),
    );
    await source.close!();
  });

  test("that is none is refused by its path", async () => {
    const path = join(folder, "none");
    await expect(fileSource(path)).rejects.toThrow(
      new Error(`${path}: expected a file that can be read, got ENOENT`),
    );
    await expect(fileSource(folder)).rejects.toThrow(
      new Error(`${folder}: expected a file, got a folder or a device`),
    );
  });
});
