import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { fileInTar, swiftShaderEnvironment, unpackSwiftShader } from "./swiftshader.mjs";

/** One entry of a tar archive: a header of 512 bytes, and the contents filled up to as many. */
function entry(name: string, contents: string): Buffer {
  const padded = Buffer.alloc(512 * (1 + Math.ceil(contents.length / 512)));
  padded.write(name, 0, "latin1");
  padded.write(`${contents.length.toString(8).padStart(11, "0")} `, 124, "latin1");
  padded.write(contents, 512, "latin1");
  return padded;
}

describe("fileInTar", () => {
  const long = "x".repeat(700);
  const archive = Buffer.concat([
    entry("first", long),
    entry("./second", "two"),
    entry("third", ""),
    Buffer.alloc(1024),
  ]);

  test.each([
    ["first", long],
    ["second", "two"],
    ["third", ""],
  ])("finds %s", (name, contents) => {
    expect(Buffer.from(fileInTar(archive, name)).toString()).toBe(contents);
  });

  test("says what is not there", () => {
    expect(() => fileInTar(archive, "fourth")).toThrow(
      "expected fourth in the archive of @sparticuz/chromium, got none",
    );
  });
});

test("TX_VULKAN=system leaves the machine's own driver", () => {
  expect(swiftShaderEnvironment({ TX_VULKAN: "system" })).toEqual({});
});

const supported = process.platform === "linux" && process.arch === "x64";

test.runIf(supported)("goes before the library path that is there, once", () => {
  const folder = unpackSwiftShader();
  expect(existsSync(join(folder, "libvulkan.so.1"))).toBe(true);
  const environment = swiftShaderEnvironment({ LD_LIBRARY_PATH: "/lib/a:/lib/b" });
  expect(environment).toEqual({ LD_LIBRARY_PATH: `${folder}:/lib/a:/lib/b` });
  expect(swiftShaderEnvironment(environment)).toEqual(environment);
});
