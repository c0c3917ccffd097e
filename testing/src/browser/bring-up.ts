import { backend, env, getBackend, ready, setBackend } from "@tensorflow/tfjs-core";
import { inject } from "vitest";

declare module "vitest" {
  interface ProvidedContext {
    /** Address of the folder that tfjs's wasm backend gets its files from. */
    wasmFolder: string;
    /** Whether every case is run in a page, or a chosen part, which takes seconds. */
    everyCase: boolean;
  }
}

/** The backends of tfjs that a page has. */
export type TestBackend = "cpu" | "wasm" | "webgl" | "webgpu";

/**
 * What `bringUp` of @tx/testing does in Node, in a page: tfjs-core with one backend package. May be
 * called again; the second time is free.
 *
 * @throws Error if the backend does not come up.
 */
export async function bringUp(name: TestBackend): Promise<void> {
  await load[name]();
  if (getBackend() !== name && !(await setBackend(name))) {
    throw new Error(`backend: expected ${name} to come up, got a failed initialization`);
  }
  await ready();
  // Spares every test log the cpu backend's advice to install tfjs-node (tfjs-backend-cpu 4.22.0).
  if (name === "cpu") Object.assign(backend(), { firstUse: false });
}

const load: Record<TestBackend, () => Promise<unknown>> = {
  cpu: () => import("@tensorflow/tfjs-backend-cpu"),
  webgl: async () => {
    await import("@tensorflow/tfjs-backend-webgl");
    // By itself tfjs works out small tensors on the CPU, and most are small in tests.
    env().set("WEBGL_CPU_FORWARD", false);
  },
  wasm: async () => {
    const { setWasmPaths } = await import("@tensorflow/tfjs-backend-wasm");
    if (getBackend() === "wasm") return;
    setWasmPaths(inject("wasmFolder"));
    // One thread, as in Node: the page is isolated, for the threads of simd.
    env().set("WASM_HAS_MULTITHREAD_SUPPORT", false);
  },
  webgpu: async () => {
    await installDawn();
    await import("@tensorflow/tfjs-backend-webgpu");
    // Of its programs for small products the one that it takes by itself waits for other threads at
    // each step, which an emulated GPU does some thirty times slower than the others.
    env().set("WEBGPU_MATMUL_PROGRAM_TYPE", 2);
  },
};

/**
 * What puts WebGPU into Node; a browser has its own.
 *
 * @throws Error if it has no adapter, a software one included.
 */
export async function installDawn(): Promise<void> {
  if ((await navigator.gpu?.requestAdapter()) == null) {
    throw new Error("WebGPU tests: expected an adapter in the browser, got none");
  }
}
