import { type BackendName, useBackend } from "@tx/backend";

/**
 * What a peer needs of us to run in Node: a backend that it does not bring itself, or WebGPU as a
 * browser has it ("dawn"), on which the peer then starts its own.
 */
export async function bringUpForPeer(what: BackendName | "dawn"): Promise<string> {
  if (what !== "dawn") return (await useBackend(what)).device;
  const { create, globals } = (await import("webgpu")) as {
    create(options: string[]): object;
    globals: object;
  };
  const gpu = create([]);
  Object.assign(globalThis, globals);
  const host = globalThis as { navigator?: object; txHeldGpu?: object };
  // Node aborts when Dawn's instance is collected while a device of it lives.
  host.txHeldGpu = gpu;
  host.navigator ??= {};
  Object.defineProperty(host.navigator, "gpu", { value: gpu, configurable: true });
  return "webgpu";
}
