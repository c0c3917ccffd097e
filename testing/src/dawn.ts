import { create, globals } from "webgpu";

/**
 * Puts WebGPU into Node: the WebGPU classes as globals and Dawn as `navigator.gpu`, which also holds
 * the one reference to Dawn's instance. Collecting that while a device lives aborts the process.
 *
 * @throws Error if Dawn finds no adapter, a software one included: tests fail then, never skip.
 */
export async function installDawn(): Promise<void> {
  // Node 20 has no navigator; later ones have it without gpu.
  const host = globalThis as { navigator?: { gpu?: GPU } };
  host.navigator ??= {};
  if (host.navigator.gpu !== undefined) return;
  const gpu = create([]);
  if ((await gpu.requestAdapter()) === null) {
    throw new Error(`WebGPU tests: expected an adapter, got none; ${reason()}`);
  }
  Object.assign(globalThis, globals);
  Object.defineProperty(host.navigator, "gpu", { value: gpu, configurable: true });
}

/** What vitest.config.ts learnt while it prepared SwiftShader, or else what to do. */
function reason(): string {
  const { platform, arch, env } = process;
  if (env.TX_WEBGPU_PROBLEM !== undefined) return env.TX_WEBGPU_PROBLEM;
  if (platform === "linux" && arch === "x64" && env.TX_VULKAN !== "system") {
    return "start the process with swiftShaderEnvironment() of scripts/swiftshader.mjs, as `vitest --project webgpu` does";
  }
  return `install a graphics driver (Vulkan on Linux, such as mesa-vulkan-drivers) for ${platform} ${arch}`;
}
