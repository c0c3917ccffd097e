import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { UserError } from "../user-error";
import { loadText } from "./text";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tx-text-"));
});
afterEach(() => rm(folder, { recursive: true }));

async function load(content: string | Uint8Array) {
  const path = join(folder, "text.txt");
  await writeFile(path, content);
  return loadText(path);
}

describe("loadText", () => {
  it("reads the novel", async () => {
    const { name, content } = await loadText(null);
    expect(name).toBe("Moby Dick");
    expect(content.length).toBeGreaterThan(1_200_000);
    expect(content).toContain("\n\nCall me Ishmael. Some years ago");
  });

  it("reads a file without its byte order mark and carriage returns", async () => {
    expect((await load("\ufeffeins\r\nzwei — drei\n")).content).toBe("eins\nzwei — drei\n");
  });

  it.each([
    ["an empty file", "", "text: expected some characters, got an empty file"],
    [
      "no text",
      Uint8Array.of(0x61, 0xff),
      "text: expected UTF-8 text, got bytes that are not UTF-8 in",
    ],
  ])("refuses %s", async (_, content, message) => {
    await expect(load(content)).rejects.toThrow(UserError);
    await expect(load(content)).rejects.toThrow(message);
  });

  it.each([
    ["none", "no such file or directory"],
    [".", "illegal operation on a directory"],
  ])("refuses the path %s", async (name, reason) => {
    const path = join(folder, name);
    await expect(loadText(path)).rejects.toThrow(
      `text: expected a file that can be read, got ${path} (${reason})`,
    );
  });
});
