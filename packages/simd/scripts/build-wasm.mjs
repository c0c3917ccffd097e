// Compiles assembly/ twice, with and without relaxed SIMD, and embeds both in
// src/generated/binaries.ts, so that Node, bundlers and browsers load them without a path.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";

const home = dirname(dirname(fileURLToPath(import.meta.url)));
const output = join(home, "src", "generated", "binaries.ts");

/** Whether the embedded binaries were made from these very sources. */
export function isBuilt() {
  return existsSync(output) && readFileSync(output, "utf8").includes(fingerprint());
}

/**
 * Builds unless that is done.
 *
 * @returns {boolean} Whether anything was built.
 * @throws Error if the sources do not compile; the binaries of before stay.
 */
export function buildWasm() {
  if (isBuilt()) return false;
  const sources = fingerprint();
  const relaxed = compile(["--enable", "relaxed-simd"]);
  const plain = compile([]);
  mkdirSync(dirname(output), { recursive: true });
  const text = `// Made by scripts/build-wasm.mjs from assembly/: do not edit. Binaries as gzip in base64.
// ${sources}

/** With relaxed multiply-add. */
export const relaxedBinary =
  "${embedded(relaxed)}";

/** Plain SIMD, for engines without relaxed SIMD. */
export const plainBinary =
  "${embedded(plain)}";
`;
  const half = `${output}.${process.pid}`;
  writeFileSync(half, text);
  renameSync(half, output);
  return true;
}

function embedded(binary) {
  return gzipSync(binary, { level: 9 }).toString("base64");
}

function compile(flags) {
  const file = join(home, "src", "generated", `kernels.${process.pid}.wasm`);
  mkdirSync(dirname(file), { recursive: true });
  const asc = join(
    dirname(createRequire(import.meta.url).resolve("assemblyscript/package.json")),
    "bin",
    "asc.js",
  );
  // The memory is imported as a shared one; src/module.ts changes the one flag that says so.
  const memory = "--enable threads --sharedMemory --importMemory --initialMemory 1";
  const options = `-O3 --noAssert --runtime stub --enable simd ${memory} --maximumMemory 65536`;
  const args = [join(home, "assembly", "index.ts"), "--outFile", file, ...options.split(" ")];
  try {
    execFileSync(process.execPath, [asc, ...args, ...flags], {
      stdio: ["ignore", "inherit", "inherit"],
    });
    return readFileSync(file);
  } finally {
    rmSync(file, { force: true });
  }
}

function fingerprint() {
  const { devDependencies } = JSON.parse(readFileSync(join(home, "package.json"), "utf8"));
  const hash = createHash("sha256").update(devDependencies.assemblyscript);
  hash.update(readFileSync(fileURLToPath(import.meta.url)));
  for (const name of readdirSync(join(home, "assembly")).sort()) {
    if (name.endsWith(".ts")) hash.update(name).update(readFileSync(join(home, "assembly", name)));
  }
  return `sources ${hash.digest("hex")}`;
}

/**
 * vitest calls this before the tests of the project "simd". Sources that do not compile fail the run,
 * after the tests have run on the kernels of before.
 */
export function setup() {
  try {
    buildWasm();
  } catch (error) {
    if (!existsSync(output)) throw error;
    return () => {
      throw new Error("simd: expected assembly/ to compile, got the errors above", {
        cause: error,
      });
    };
  }
  return () => {};
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  console.log(buildWasm() ? "simd: built" : "simd: up to date");
}
