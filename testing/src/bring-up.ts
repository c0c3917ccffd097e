import { backend, env, getBackend, ready, setBackend } from "@tensorflow/tfjs-core";
import { installDawn } from "./dawn";

/** The backends that the tests run on. */
export type TestBackend = "cpu" | "wasm" | "webgpu";

/**
 * Brings up tfjs-core with one backend package and nothing else, as an application with the least
 * installed has it: no `@tensorflow/tfjs`, no tfjs-layers, and so no gradients and no chained
 * operations but those that our own packages bring. May be called again; the second time is free.
 *
 * @throws Error if the backend does not come up.
 */
export async function bringUp(name: TestBackend): Promise<void> {
  switch (name) {
    case "cpu":
      await import("@tensorflow/tfjs-backend-cpu");
      break;
    case "wasm":
      await import("@tensorflow/tfjs-backend-wasm");
      break;
    case "webgpu":
      // tfjs-backend-webgpu 4.22.0 registers itself only if navigator.gpu is there when it loads.
      await installDawn();
      await import("@tensorflow/tfjs-backend-webgpu");
      // Of its programs for small products the one that it takes by itself waits for other threads at
      // each step, which an emulated GPU does some thirty times slower than the others.
      env().set("WEBGPU_MATMUL_PROGRAM_TYPE", 2);
      break;
  }
  const restoreListeners = processListeners();
  if (getBackend() !== name && !(await setBackend(name))) {
    throw new Error(`backend: expected ${name} to come up, got a failed initialization`);
  }
  await ready();
  restoreListeners();
  // Spares every test log the cpu backend's advice to install tfjs-node (tfjs-backend-cpu 4.22.0).
  if (name === "cpu") Object.assign(backend(), { firstUse: false });
}

/**
 * Emscripten's start-up code of tfjs-backend-wasm 4.22.0 listens for uncaught errors and throws them
 * again, which would end vitest's worker in place of the test.
 *
 * @returns Takes away what has been added since.
 */
function processListeners(): () => void {
  const events = ["uncaughtException", "unhandledRejection"] as const;
  const listeners = () => events.map((event) => process.listeners(event as "exit"));
  const before = listeners().flat();
  return () => {
    for (const [i, added] of listeners().entries()) {
      for (const listener of added) {
        if (!before.includes(listener)) process.off(events[i]!, listener);
      }
    }
  };
}
