import { spawnSync } from "node:child_process";
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
  expect(environment).toEqual({
    LD_LIBRARY_PATH: `${folder}:/lib/a:/lib/b`,
    NODE_OPTIONS: `--import=${new URL("rest-between-polls.mjs", import.meta.url)}`,
  });
  expect(swiftShaderEnvironment(environment)).toEqual(environment);
});

test.runIf(supported)(
  "sleeps before what is polled, and changes nothing else of setImmediate",
  () => {
    const program = `
    let polls = 0;
    const begun = performance.now();
    clearImmediate(setImmediate(() => console.log("cleared")));
    clearImmediate(setImmediate(console.log.bind(null, "cleared")));
    setImmediate((...given) => console.log(...given), "one", 2);
    setImmediate(console.log.bind(null, "bound"), 3);
    const poll = () => ++polls < 40 && setImmediate(again);
    const again = poll.bind(null);
    again();
    process.on("exit", () => console.log(polls, performance.now() - begun > 39 * 0.3));`;
    const { stdout, stderr } = spawnSync(process.execPath, ["--eval", program], {
      env: { ...process.env, ...swiftShaderEnvironment({ NODE_OPTIONS: "--no-warnings" }) },
      encoding: "utf8",
    });
    expect([stderr, stdout]).toEqual(["", "one 2\nbound 3\n40 true\n"]);
  },
);
