import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
// @ts-expect-error plain JavaScript
import { tensorflowBackend, tensorflowEnvironment, tensorflowFolder } from "./folder.mjs";
// @ts-expect-error plain JavaScript
import { shareTfjs } from "./one-core.mjs";
// @ts-expect-error plain JavaScript
import { inPlaceOf } from "./set-up.mjs";
// @ts-expect-error plain JavaScript
import { unzip } from "./unzip.mjs";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tx-set-up-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const target = () => join(folder, "deep", "tensorflow");
const write = (text: string) => (fresh: string) => writeFileSync(join(fresh, "file"), text);
const content = () => readFileSync(join(target(), "file"), "utf8");

test("a new set-up takes the place of the old one", async () => {
  await inPlaceOf(target(), write("one"));
  expect(content()).toBe("one");
  await inPlaceOf(target(), write("two"));
  expect(content()).toBe("two");
  expect(readdirSync(join(folder, "deep"))).toEqual(["tensorflow"]);
});

test("one that fails half-way leaves nothing, or what was there", async () => {
  const fail = async (fresh: string) => {
    write("half")(fresh);
    throw new Error("no network");
  };
  await expect(inPlaceOf(target(), fail)).rejects.toThrow("no network");
  expect(readdirSync(join(folder, "deep"))).toEqual([]);
  await inPlaceOf(target(), write("whole"));
  await expect(inPlaceOf(target(), fail)).rejects.toThrow("no network");
  expect(content()).toBe("whole");
  expect(readdirSync(join(folder, "deep"))).toEqual(["tensorflow"]);
});

test("TX_TENSORFLOW names another folder, and the programs are told of it", () => {
  expect(tensorflowFolder({ TX_TENSORFLOW: "/elsewhere" })).toBe("/elsewhere");
  expect(tensorflowFolder({ TX_TENSORFLOW: "" })).toMatch(/\.tensorflow$/);
  expect(tensorflowEnvironment({ TX_TENSORFLOW: "/elsewhere", TF_CPP_MIN_LOG_LEVEL: "0" })).toEqual(
    {
      TX_TENSORFLOW: "/elsewhere",
      TF_CPP_MIN_LOG_LEVEL: "0",
    },
  );
});

test("a set-up is one whose binding is there", () => {
  expect(tensorflowBackend(folder)).toBeUndefined();
  for (const backend of ["node", "node-gpu"]) {
    const lib = join(folder, "node_modules", "@tensorflow", `tfjs-${backend}`, "lib", "napi-v8");
    mkdirSync(lib, { recursive: true });
    expect(tensorflowBackend(folder)).not.toBe(backend);
    writeFileSync(join(lib, "tfjs_binding.node"), "");
    expect(tensorflowBackend(folder)).toBe(backend);
  }
});

test("tfjs-core and what else the workspace has are shared, the rest stays", () => {
  const at = (...parts: string[]) => join(folder, ...parts);
  const scope = ["@tensorflow"];
  const put = (room: string, name: string) => {
    mkdirSync(at(room, ...scope, name), { recursive: true });
    writeFileSync(at(room, ...scope, name, "package.json"), room);
  };
  for (const name of ["tfjs-core", "tfjs-layers", "tfjs-node"]) put("modules", name);
  expect(() => shareTfjs(at("modules"), at("workspace"))).toThrow(
    "@tensorflow/tfjs-core: expected it",
  );
  for (const name of ["tfjs-core", "tfjs-backend-wasm"]) put("workspace", name);
  expect(shareTfjs(at("modules"), at("workspace"))).toEqual(["tfjs-core"]);
  expect(realpathSync(at("modules", ...scope, "tfjs-core"))).toBe(
    realpathSync(at("workspace", ...scope, "tfjs-core")),
  );
  expect(readFileSync(at("modules", ...scope, "tfjs-layers", "package.json"), "utf8")).toBe(
    "modules",
  );
  expect(existsSync(at("modules", ...scope, "tfjs-backend-wasm"))).toBe(false);
});

/** A zip archive whose entries are stored as they are. */
function zipOf(entries: Record<string, string>): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, text] of Object.entries(entries)) {
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    const central = Buffer.alloc(46);
    central.writeUInt32LE(0x02014b50, 0);
    for (const [header, at] of [
      [local, 18],
      [central, 20],
    ] as const) {
      header.writeUInt32LE(text.length, at);
      header.writeUInt32LE(text.length, at + 4);
      header.writeUInt16LE(name.length, at + 8);
    }
    central.writeUInt32LE(offset, 42);
    parts.push(local, Buffer.from(name + text));
    directory.push(central, Buffer.from(name));
    offset += 30 + name.length + text.length;
  }
  const size = directory.reduce((sum, { length }) => sum + length, 0);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(Object.keys(entries).length, 8);
  end.writeUInt16LE(Object.keys(entries).length, 10);
  end.writeUInt32LE(size, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, ...directory, end]);
}

test("of an archive only the chosen entries are unpacked, under their new names", async () => {
  const archive = join(folder, "archive.zip");
  writeFileSync(archive, zipOf({ "a/one.txt": "1", "a/two.txt": "22", "b/three.txt": "333" }));
  const placeOf = (entry: string) =>
    entry.startsWith("a/") ? entry.replace("a/", "deep/er/") : undefined;
  expect(await unzip(archive, join(folder, "out"), placeOf)).toEqual([
    "deep/er/one.txt",
    "deep/er/two.txt",
  ]);
  expect(readFileSync(join(folder, "out", "deep", "er", "two.txt"), "utf8")).toBe("22");
  expect(readdirSync(join(folder, "out"))).toEqual(["deep"]);
});

test("what is no archive is refused", async () => {
  const archive = join(folder, "archive.zip");
  writeFileSync(archive, "not found");
  await expect(unzip(archive, folder, () => "x")).rejects.toThrow();
});
