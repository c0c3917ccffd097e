import { backend, getBackend } from "@tensorflow/tfjs-core";

/** Whether numbers lie in the process's own memory, so that reading one waits for nothing. */
export function hostIsNear(): boolean {
  const name = getBackend();
  // tfjs-node's numbers are near unless its library computes on a GPU.
  if (name === "tensorflow") return !(backend() as { isUsingGpuDevice?: boolean }).isUsingGpuDevice;
  return ["cpu", "wasm", "simd"].includes(name);
}
