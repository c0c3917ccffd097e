import { isRegistered } from "../activate";
import { BackendError, messageOf } from "../backend-error";
import type { Adapter, Gpu, Host } from "../host";
import { AbsentPackage } from "../import-package";
import { failedToStart, loadFor, startFor } from "../install";
import { type AdapterInfo, describeAdapter, isSoftwareAdapter } from "../software-adapter";
import type { Open } from "./open";
import { askForFeatures, type WebgpuPackage } from "./webgpu-device";

/** tfjs's own WebGPU backend on any adapter, software included. */
export const openWebgpu: Open = (host) => open(host, true);

/** The same for `auto`, to which an emulated GPU is none: the CPU backends are faster. */
export const openWebgpuOnRealGpu: Open = async (host) => {
  // Spares a machine without a GPU the start of Dawn and its warning that there is no Vulkan.
  if (host.gpu() === undefined && !host.mayHaveGpu()) throw noAdapter("none", true);
  return open(host, false);
};

async function open(host: Host, acceptSoftware: boolean): Promise<string> {
  const present = host.gpu();
  const { gpu, globals } = present ? { gpu: present, globals: {} } : await loadDawn(host);
  const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" });
  if (adapter === null) throw noAdapter("none", !acceptSoftware);
  const info = infoOf(adapter);
  if (!acceptSoftware && isSoftwareAdapter(info)) throw noAdapter(describeAdapter(info), true);

  // tfjs-backend-webgpu 4.22.0 registers itself only if navigator.gpu is there when it loads.
  if (!present) host.installGpu(gpu, globals);
  const tfjs = await loadFor("webgpu", host, "@tensorflow/tfjs-backend-webgpu");
  if (!isRegistered("webgpu")) {
    const got = "an import from before there was a navigator.gpu";
    const problem = `expected @tensorflow/tfjs-backend-webgpu to register itself, got ${got}`;
    throw new BackendError("webgpu", `${problem}; call useBackend before you import it`);
  }
  askForFeatures(gpu, tfjs as WebgpuPackage);
  await startFor("webgpu", "@tensorflow/tfjs-backend-webgpu");
  return `${describeAdapter(info)}${await loadKernels(host)}`;
}

interface KernelPackage {
  registerWebgpu?(): void;
}

/** Our own kernels for tfjs's backend, if they are installed; says so, in a clause. */
async function loadKernels(host: Host): Promise<string> {
  try {
    ((await host.load("@tx/webgpu")) as KernelPackage).registerWebgpu?.();
    return ", with @tx/webgpu";
  } catch (cause) {
    if (cause instanceof AbsentPackage) return "";
    throw failedToStart("webgpu", "@tx/webgpu", messageOf(cause), { cause });
  }
}

/** In Node, WebGPU is the npm package webgpu; a browser has its own or none. */
async function loadDawn(host: Host): Promise<{ gpu: Gpu; globals: object }> {
  if (host.nodeVersion === undefined) {
    throw new BackendError(
      "webgpu",
      "expected a browser with WebGPU and a page on https or localhost, got no navigator.gpu",
      { ordinary: true },
    );
  }
  const dawn = (await loadFor("webgpu", host, "webgpu")) as {
    create(options: string[]): Gpu;
    globals: object;
  };
  return { gpu: dawn.create([]), globals: dawn.globals };
}

/** A plain copy of the adapter's info; in older browsers it is the adapter that says it is a fallback. */
function infoOf({ info = {}, isFallbackAdapter }: Adapter): AdapterInfo {
  const { vendor, architecture, device, description } = info;
  const fallback = info.isFallbackAdapter ?? isFallbackAdapter;
  return { vendor, architecture, device, description, isFallbackAdapter: fallback };
}

function noAdapter(got: string, ordinary: boolean): BackendError {
  return new BackendError(
    "webgpu",
    `expected a GPU adapter, got ${got}; install the GPU's driver (Vulkan on Linux, as the package mesa-vulkan-drivers or NVIDIA's has it)`,
    { ordinary },
  );
}
