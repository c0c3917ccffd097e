import { plainBinary, relaxedBinary } from "./generated/binaries";
import { builtin } from "./host";

/** Which of the two builds runs. */
export type Build = "relaxed" | "plain";

export interface CompiledModule {
  readonly module: WebAssembly.Module;
  readonly build: Build;
}

/**
 * Compiles the kernels for this engine.
 *
 * @param shared Whether the memory is shared between threads.
 * @param build Default: with relaxed multiply-add where the engine has it.
 * @throws RangeError if the engine does not have what the build takes.
 */
export async function compileKernels(shared: boolean, build?: Build): Promise<CompiledModule> {
  const relaxed = build === "plain" ? undefined : await binaryOf("relaxed", shared);
  if (relaxed && hasRelaxedSimd(relaxed)) {
    return { module: await WebAssembly.compile(relaxed), build: "relaxed" };
  }
  if (build === "relaxed") {
    throw new RangeError("build: expected an engine with relaxed SIMD, got one without");
  }
  const plain = await binaryOf("plain", shared);
  if (!WebAssembly.validate(plain)) {
    throw new RangeError("simd: expected an engine with WebAssembly SIMD, got one without");
  }
  return { module: await WebAssembly.compile(plain), build: "plain" };
}

/**
 * A build's binary, told whether the memory it imports is shared: one flag of the import, since the
 * kernels have no atomic instructions of their own.
 */
export async function binaryOf(build: Build, shared: boolean): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await unpack(build === "relaxed" ? relaxedBinary : plainBinary);
  if (!shared) bytes[indexOfSharedFlag(bytes)] = 1;
  return bytes;
}

function hasRelaxedSimd(bytes: Uint8Array<ArrayBuffer>): boolean {
  if (WebAssembly.validate(bytes)) return true;
  // Node 20 has it behind a flag, which may be set until the module is compiled.
  const v8 = builtin<typeof import("node:v8")>("node:v8");
  if (typeof v8?.setFlagsFromString !== "function") return false;
  v8.setFlagsFromString("--experimental-wasm-relaxed-simd");
  return WebAssembly.validate(bytes);
}

async function unpack(base64: string): Promise<Uint8Array<ArrayBuffer>> {
  const packed = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

function indexOfSharedFlag(bytes: Uint8Array): number {
  // "memory", then the kind of import (2: memory) and its limits' flags (3: shared, with a maximum).
  const wanted = [...[..."memory"].map((character) => character.charCodeAt(0)), 2, 3];
  const start = bytes.findIndex((_, i) => wanted.every((byte, n) => bytes[i + n] === byte));
  if (start === -1) throw new Error("binary: expected an imported shared memory, got none");
  return start + wanted.length - 1;
}
