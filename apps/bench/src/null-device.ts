/**
 * Makes Dawn's null device `navigator.gpu`, for whatever brings up webgpu after it: it takes all that a
 * GPU takes, checks it, and computes nothing. So it needs no GPU, and the main thread has the processor
 * to itself. What a step asks a device for is the same, as nothing hangs on numbers that are read.
 */
export async function installNullDevice(): Promise<void> {
  const { create, globals } = await import("webgpu");
  Object.assign(globalThis, globals);
  // Node 20 has no navigator; later ones have it without gpu.
  const host = globalThis as { navigator?: object };
  host.navigator ??= {};
  const gpu = create(["backend=null"]);
  Object.defineProperty(host.navigator, "gpu", { value: gpu, configurable: true });
}

/** What it is, in a line for people. */
export const NULL_DEVICE = "Dawn's null device, which computes nothing";
