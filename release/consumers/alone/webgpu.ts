import { getKernelsForBackend } from "@tensorflow/tfjs-core";
import "@tx/webgpu";

/** Without a GPU: that its kernels are there. The page trains on them. */
export async function use(): Promise<void> {
  const names = getKernelsForBackend("webgpu").map(({ kernelName }) => kernelName);
  if (!names.includes("TxAttention")) {
    throw new Error(`expected the kernel TxAttention, got ${names.join(", ")}`);
  }
}
