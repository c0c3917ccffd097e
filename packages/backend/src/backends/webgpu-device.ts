import {
  engine,
  env,
  type KernelBackend,
  registerBackend,
  removeBackend,
} from "@tensorflow/tfjs-core";
import type { Adapter, Gpu } from "../host";

/** As much of tfjs-backend-webgpu (4.22.0) as starts it on a device of ours. */
export interface WebgpuPackage {
  readonly WebGPUBackend?: new (device: object, info?: object) => KernelBackend;
}

/** What we ask for where an adapter has it, by WebGPU's own names. */
const FEATURES = [
  "subgroups",
  "shader-f16",
  "timestamp-query",
  "chromium-experimental-subgroup-matrix",
  // As tfjs asks for it.
  "bgra8unorm-storage",
] as const;

/** Limits of which we ask for as much as an adapter has: tfjs's six, and buffers of one program. */
const LIMITS = [
  "maxComputeWorkgroupStorageSize",
  "maxComputeWorkgroupsPerDimension",
  "maxStorageBufferBindingSize",
  "maxBufferSize",
  "maxComputeWorkgroupSizeX",
  "maxComputeInvocationsPerWorkgroup",
  "maxStorageBuffersPerShaderStage",
] as const;

/** tfjs's own priority of its WebGPU backend. */
const PRIORITY = 3;

/**
 * Has tfjs's WebGPU backend start on a device with all optional features that we know and the adapter
 * has; tfjs by itself asks for none but timestamps. Where that fails, tfjs starts it in its own way.
 * Does nothing where the backend runs already, or the package is another than we know.
 */
export function askForFeatures(gpu: Gpu, { WebGPUBackend }: WebgpuPackage): void {
  const { registry, registryFactory } = engine();
  const theirs = registryFactory.webgpu?.factory;
  if (!WebGPUBackend || !theirs || registry.webgpu) return;
  const start = async () => {
    const made = await deviceOf(gpu).catch(() => undefined);
    return made ? new WebGPUBackend(made.device, made.info) : theirs();
  };
  removeBackend("webgpu");
  registerBackend("webgpu", start, PRIORITY);
}

/** A device of a fresh adapter; undefined where the adapter does not say what it has. */
async function deviceOf(gpu: Gpu): Promise<{ device: object; info?: object } | undefined> {
  const adapter = await gpu.requestAdapter({
    powerPreference: env().get("WEBGPU_USE_LOW_POWER_GPU") ? "low-power" : "high-performance",
  });
  const { features, limits } = adapter ?? {};
  if (!adapter?.requestDevice || !features || !limits) return undefined;
  const device = await adapter.requestDevice({
    requiredFeatures: FEATURES.filter((feature) => features.has(feature)),
    requiredLimits: limitsOf(limits),
  });
  return { device, ...(adapter.info && { info: adapter.info }) };
}

function limitsOf(limits: NonNullable<Adapter["limits"]>): Record<string, number> {
  const known = LIMITS.flatMap((name) => {
    const limit = limits[name];
    return limit === undefined ? [] : [[name, limit] as const];
  });
  return Object.fromEntries(known);
}
