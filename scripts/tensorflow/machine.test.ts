import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
// @ts-expect-error plain JavaScript
import { headersFolder, missingTools, nodeRemark } from "./machine.mjs";

test("from Node 23 on there is a word on util", () => {
  expect(nodeRemark("20.19.0")).toBeUndefined();
  expect(nodeRemark("22.21.0")).toBeUndefined();
  for (const version of ["23.0.0", "24.11.1", "100.0.0"]) {
    expect(nodeRemark(version)).toMatch(
      `Node ${version} has no util.isNullOrUndefined, which tfjs-node 4.22.0 calls: @tx/backend puts it back`,
    );
  }
});

test("tools that are missing, with what installs them", () => {
  const has =
    (...names: string[]) =>
    (name: string) =>
      names.includes(name);
  expect(missingTools("linux", has("clang++", "gmake", "python3"))).toEqual([]);
  expect(missingTools("linux", has("python"))).toEqual([
    "a C++ compiler (Debian: apt install g++; macOS: xcode-select --install)",
    "make (Debian: apt install make; macOS: xcode-select --install)",
  ]);
  expect(missingTools("win32", has())).toEqual([]);
});

test("Node's headers: npm's nodedir before those beside Node", () => {
  const folder = mkdtempSync(join(tmpdir(), "tx-headers-"));
  try {
    for (const room of ["own", "beside"]) {
      mkdirSync(join(folder, room, "include", "node"), { recursive: true });
      writeFileSync(join(folder, room, "include", "node", "node_api.h"), "");
    }
    const [own, beside] = [join(folder, "own"), join(folder, "beside")];
    const node = join(beside, "bin", "node");
    expect(headersFolder({ npm_config_nodedir: own }, node)).toBe(own);
    expect(headersFolder({ npm_config_nodedir: join(folder, "none") }, node)).toBe(beside);
    expect(headersFolder({}, join(folder, "none", "bin", "node"))).toBeUndefined();
  } finally {
    rmSync(folder, { recursive: true });
  }
});
