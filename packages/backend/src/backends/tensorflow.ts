import type { KernelBackend } from "@tensorflow/tfjs-core";
import { isRegistered } from "../activate";
import { BackendError } from "../backend-error";
import type { Host } from "../host";
import { type Advice, failedToStart, loadFor, startFor } from "../install";
import { registerTensorflowKernels } from "../tensorflow/register";
import type { Open } from "./open";

const cuda = "an NVIDIA GPU with CUDA 11.2 and cuDNN 8.1, on Linux or Windows";

/** TensorFlow's C library on the CPU. */
export const openNode: Open = async (host) => {
  const backend = await load(host, "node");
  return `${host.processor}, ${describe(backend)}`;
};

/** TensorFlow's C library on an NVIDIA GPU. */
export const openNodeGpu: Open = async (host) => {
  const backend = await load(host, "node-gpu");
  if (!backend.isUsingGpuDevice) {
    // Without CUDA its library still loads, says so on stderr, and computes on the CPU.
    const got = backend.isGPUPackage
      ? "the CPU, since it found no CUDA device"
      : "@tensorflow/tfjs-node, which this process loaded before";
    throw failedToStart("node-gpu", "@tensorflow/tfjs-node-gpu", got, adviceFor("node-gpu", host));
  }
  return `GPU by CUDA, ${describe(backend)}`;
};

interface TensorflowBackend {
  readonly isUsingGpuDevice?: boolean;
  readonly isGPUPackage?: boolean;
  readonly binding?: { readonly TF_Version?: string };
}

async function load(host: Host, name: "node" | "node-gpu"): Promise<TensorflowBackend> {
  if (host.nodeVersion === undefined) {
    throw new BackendError(name, "expected Node, got a browser; use webgpu, webgl or auto");
  }
  const packageName = `@tensorflow/tfjs-${name}` as const;
  const advice = adviceFor(name, host);
  // Both packages register "tensorflow": a second one in the same process would change nothing.
  if (!isRegistered("tensorflow")) {
    if (host.util !== undefined) restoreNodeUtil(host.util);
    await loadFor(name, host, packageName, advice);
    if (!isRegistered("tensorflow")) {
      const got = "another copy of @tensorflow/tfjs-core, with which it registered itself";
      throw failedToStart(name, packageName, got, advice);
    }
  }
  const backend = await startFor(name, packageName, "tensorflow", advice);
  registerTensorflowKernels();
  return backend as KernelBackend & TensorflowBackend;
}

/** What to do about a package that is missing or does not start. */
function adviceFor(name: "node" | "node-gpu", { tensorflowFolder }: Host): Advice {
  const flags = name === "node-gpu" ? " -- --gpu" : "";
  return {
    needs: name === "node-gpu" ? cuda : undefined,
    command: tensorflowFolder === undefined ? undefined : `npm run setup:tensorflow${flags}`,
  };
}

function describe({ binding, isGPUPackage = false }: TensorflowBackend): string {
  const version = binding?.TF_Version ?? "of unknown version";
  return `TensorFlow ${version} (@tensorflow/tfjs-node${isGPUPackage ? "-gpu" : ""})`;
}

/**
 * Puts back util.isNullOrUndefined, which Node 23 took away and tfjs-node 4.22.0 calls in most
 * operations (https://github.com/tensorflow/tfjs/issues/8609), and util.isArray, which it calls too and
 * Node is about to take away (DEP0044).
 */
export function restoreNodeUtil(util: object): void {
  const functions = {
    isNullOrUndefined: (thing: unknown) => thing === null || thing === undefined,
    isArray: Array.isArray,
  };
  for (const [name, value] of Object.entries(functions)) {
    if (name in util) continue;
    Object.defineProperty(util, name, { value, configurable: true, writable: true });
  }
}
