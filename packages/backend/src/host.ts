import { importPackage, type PackageName } from "./import-package";
import type { AdapterInfo } from "./software-adapter";

/** As much of WebGPU's GPU object as it takes to look at an adapter. */
export interface Gpu {
  requestAdapter(options?: {
    powerPreference?: "high-performance" | "low-power";
  }): Promise<Adapter | null>;
}

/** What a device is asked to have. */
interface DeviceDescriptor {
  readonly requiredFeatures: readonly string[];
  readonly requiredLimits: Readonly<Record<string, number>>;
}

export interface Adapter {
  readonly info?: AdapterInfo;
  readonly isFallbackAdapter?: boolean;
  readonly features?: { has(feature: string): boolean };
  readonly limits?: Readonly<Record<string, number | undefined>>;
  requestDevice?(descriptor: DeviceDescriptor): Promise<object>;
}

/** What useBackend needs of the machine it runs on; tests put another in its place. */
export interface Host {
  /** Imports an optional package; throws AbsentPackage if it is not installed. */
  load(name: PackageName): Promise<unknown>;
  /** Such as "20.20.2"; undefined in a browser. */
  readonly nodeVersion: string | undefined;
  /** The object that `require("util")` gives in Node. */
  readonly util: object | undefined;
  /** TX_TENSORFLOW: the folder in which tfjs-node was set up apart from the application. */
  readonly tensorflowFolder: string | undefined;
  /** Such as "CPU Intel(R) Xeon(R) Platinum"; just "CPU" in a browser. */
  readonly processor: string;
  /** False if a look at the machine rules out a GPU. */
  mayHaveGpu(): boolean;
  /** navigator.gpu */
  gpu(): Gpu | undefined;
  /** Sets navigator.gpu and the globals that belong to it. */
  installGpu(gpu: Gpu, globals: object): void;
}

// Not `import("node:os")`: webpack stops at the scheme, and other bundlers put in a stub.
const node = globalThis.process?.versions?.node === undefined ? undefined : globalThis.process;
const builtin = <T>(id: string) => node?.getBuiltinModule?.(id) as T | undefined;

/** The machine we are on. */
export const thisHost: Host = {
  load: (name) => importPackage(name, thisHost.tensorflowFolder),
  nodeVersion: node?.versions.node,
  util: builtin("util"),
  get tensorflowFolder() {
    return node?.env.TX_TENSORFLOW || undefined;
  },
  get processor() {
    const model = builtin<typeof import("node:os")>("os")?.cpus()[0]?.model.trim();
    return model ? `CPU ${model}` : "CPU";
  },
  mayHaveGpu() {
    if (node?.platform !== "linux") return true;
    const { existsSync } = builtin<typeof import("node:fs")>("fs")!;
    return gpuFiles.some((path) => existsSync(path));
  },
  gpu: () => (globalThis as { navigator?: { gpu?: Gpu } }).navigator?.gpu,
  installGpu,
};

/** Where Linux shows a GPU: Mesa's drivers, NVIDIA's, Windows' through WSL, Mali, Adreno. */
const gpuFiles = [
  "/dev/dri/renderD128",
  "/dev/nvidiactl",
  "/dev/dxg",
  "/dev/mali0",
  "/dev/kgsl-3d0",
];

/**
 * Makes Dawn's instance `navigator.gpu`, and holds it a second time: Node aborts ("terminate called
 * … std::system_error") when the instance is collected while a device of it lives, and its own
 * README advises to delete navigator.gpu. From npm webgpu 0.6.2 on, Node ends by itself with the
 * instance held; before, it hung (https://issues.chromium.org/issues/387965810).
 */
function installGpu(gpu: Gpu, globals: object): void {
  const host = globalThis as { navigator?: object; [held]?: Gpu };
  host[held] = gpu;
  Object.assign(globalThis, globals);
  // Node 20 has no navigator; later ones have it without gpu.
  host.navigator ??= {};
  Object.defineProperty(host.navigator, "gpu", { value: gpu, configurable: true });
}

const held = Symbol.for("@tx/backend/dawn");
