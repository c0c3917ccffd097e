import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { claimFolder, defaultFolder } from "./output-folder";

let base: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "tx-out-"));
});
afterEach(() => rmSync(base, { recursive: true }));

describe("claimFolder", () => {
  it("makes the folder and takes it away with those above it", () => {
    const folder = claimFolder(join(base, "a", "b"));
    expect(readdirSync(folder.path)).toEqual([]);
    folder.release();
    expect(readdirSync(base)).toEqual([]);
  });

  it("leaves a folder that was there, and one with something in it", () => {
    mkdirSync(join(base, "there"));
    claimFolder(join(base, "there")).release();
    const folder = claimFolder(join(base, "a", "b"));
    writeFileSync(join(folder.path, "file"), "");
    folder.release();
    expect(existsSync(join(base, "there")) && existsSync(join(base, "a", "b", "file"))).toBe(true);
  });

  it("refuses a path below a file, and leaves nothing", () => {
    writeFileSync(join(base, "file"), "");
    expect(() => claimFolder(join(base, "file", "run"))).toThrow(
      `out: expected a folder that can be written, got ${join(base, "file", "run")} (not a directory)`,
    );
    expect(readdirSync(base)).toEqual(["file"]);
  });

  it.each([
    ["run.safetensors", /a saved run \(go on with it by resume\)$/],
    ["letter.txt", /with letter\.txt in it$/],
  ])("refuses a folder with %s in it", (name, message) => {
    writeFileSync(join(base, name), "");
    expect(() => claimFolder(base)).toThrow(message);
  });
});

describe("defaultFolder", () => {
  it("is named after the time", () => {
    expect(defaultFolder(new Date(2031, 0, 5, 9, 8, 7))).toBe(join("runs", "2031-01-05-09-08-07"));
  });
});
