import { engine, env } from "@tensorflow/tfjs-core";
import { activate } from "../activate";
import { BackendError, messageOf } from "../backend-error";
import type { Host } from "../host";
import { loadFor } from "../install";
import type { BackendOptions, Open } from "./open";

interface WasmPackage {
  setWasmPaths(paths: string | Readonly<Record<string, string>>): void;
  getThreadsCount(): number;
}

/** tfjs's own WebAssembly backend. */
export const openWasm: Open = async (host, { wasmPaths }) => {
  const wasm = (await loadFor("wasm", host, "@tensorflow/tfjs-backend-wasm")) as WasmPackage;
  // Once it runs, it refuses paths.
  if (wasmPaths !== undefined && !engine().registry.wasm) wasm.setWasmPaths(wasmPaths);
  await withoutProcessListeners(host, () => start(host, wasmPaths));
  const simd = (await env().getAsync("WASM_HAS_SIMD_SUPPORT")) ? "SIMD" : "without SIMD";
  const threads = wasm.getThreadsCount();
  return `${host.processor}, WebAssembly ${simd}, ${threads} thread${threads === 1 ? "" : "s"}`;
};

async function start(host: Host, wasmPaths: BackendOptions["wasmPaths"]): Promise<void> {
  try {
    await activate("wasm");
  } catch (cause) {
    const advice =
      host.nodeVersion === undefined && wasmPaths === undefined
        ? "serve the three .wasm files of @tensorflow/tfjs-backend-wasm/dist and name their folder in wasmPaths"
        : "run: npm install @tensorflow/tfjs-backend-wasm";
    const problem = `expected WebAssembly to start, got: ${messageOf(cause)}; ${advice}`;
    throw new BackendError("wasm", problem, { cause });
  }
}

/**
 * Takes back the listeners that Emscripten's start-up code hangs on the Node process: they throw
 * again what they catch, so that any uncaught error of the application ends it with code 7 in place
 * of 1, and shows a line of tfjs in place of its own (tfjs-backend-wasm 4.22.0).
 */
async function withoutProcessListeners(host: Host, body: () => Promise<void>): Promise<void> {
  if (host.nodeVersion === undefined) return body();
  const events = ["uncaughtException", "unhandledRejection"];
  const before = new Set(events.flatMap((event) => process.listeners(event as "exit")));
  try {
    await body();
  } finally {
    for (const event of events) {
      for (const listener of process.listeners(event as "exit")) {
        if (!before.has(listener)) process.off(event, listener);
      }
    }
  }
}
