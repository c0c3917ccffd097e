import {
  engine,
  findBackendFactory,
  getKernelsForBackend,
  type KernelConfig,
  registerBackend,
  registerKernel,
} from "@tensorflow/tfjs-core";
import type { SimdBackend } from "./backend";
import { kernels } from "./kernels";
import { type SimdOptions, startSimd } from "./start";

/** Above wasm (2) and cpu (1), below webgpu (3): what tfjs takes by itself if nothing is set. */
const PRIORITY = 2.5;

let chosen: SimdOptions = {};

/**
 * Sets the options of the backend; call it before `setBackend("simd")`.
 *
 * @param options See {@link SimdOptions}.
 * @throws Error if the backend runs already: `removeBackend("simd")` and {@link registerSimd} first.
 */
export function configureSimd(options: SimdOptions): void {
  if (engine().registry.simd !== undefined) {
    throw new Error("simd: expected its options before it starts, got them while it runs");
  }
  chosen = options;
}

/** Registers the backend under the name "simd", which importing the package does already. */
export function registerSimd(): void {
  registerAs("simd", () => startSimd(chosen), PRIORITY);
}

/**
 * Registers a backend under a name of its own, with every kernel of ours or else the cpu backend's,
 * which "./backend" has imported.
 */
export function registerAs(
  name: string,
  start: () => Promise<SimdBackend>,
  priority: number,
): void {
  if (findBackendFactory(name)) return;
  registerBackend(name, start, priority);
  // Kernels stay when a backend is removed.
  const known = new Set(getKernelsForBackend(name).map(({ kernelName }) => kernelName));
  for (const kernel of withoutDoubles([...kernels, ...getKernelsForBackend("cpu")])) {
    if (!known.has(kernel.kernelName)) registerKernel(wholly({ ...kernel, backendName: name }));
  }
}

/** A kernel that leaves nothing behind if it throws. */
function wholly(kernel: KernelConfig): KernelConfig {
  const { kernelFunc } = kernel;
  return {
    ...kernel,
    kernelFunc: (args) => (args.backend as SimdBackend).wholly(kernelFunc, args),
  };
}

/** The first of each name. */
function withoutDoubles(all: readonly KernelConfig[]): KernelConfig[] {
  const byName = new Map<string, KernelConfig>();
  for (const kernel of all) {
    if (!byName.has(kernel.kernelName)) byName.set(kernel.kernelName, kernel);
  }
  return [...byName.values()];
}
