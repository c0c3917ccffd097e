import { backend, getBackend } from "@tensorflow/tfjs-core";
import type { Device, WebgpuBackend } from "./backend";
import { settings } from "./settings";

/** Features of WebGPU that a device may have or not, by WebGPU's own names. */
export type DeviceFeature =
  | "subgroups"
  | "shader-f16"
  | "timestamp-query"
  | "chromium-experimental-subgroup-matrix";

const features: readonly DeviceFeature[] = [
  "subgroups",
  "shader-f16",
  "timestamp-query",
  "chromium-experimental-subgroup-matrix",
];

/**
 * Which optional features the device of the active backend has been given, none on another backend.
 * `useBackend` of `@tx/backend` asks for all that the adapter has; tfjs by itself for timestamps alone.
 */
export function deviceFeatures(): DeviceFeature[] {
  if (getBackend() !== "webgpu") return [];
  const { device } = backend() as unknown as WebgpuBackend;
  return features.filter((feature) => device.features.has(feature));
}

/** Whether programs on a device are to reduce by subgroups. */
export const usesSubgroups = (device: Device): boolean =>
  settings.subgroups && device.features.has("subgroups");

type Create = Device["createShaderModule"];

/** What stands in for the devices' own methods. */
const hoisting = new WeakMap<Device, Create>();

/**
 * A line of WGSL that allows an extension. WGSL wants these before all else, where tfjs puts its own
 * lines: so they pass as comments, which the device then takes for what they say.
 */
export function enable(device: Device, extension: "subgroups"): string {
  // Each time: somebody may have put the method back.
  const create = device.createShaderModule;
  if (create !== hoisting.get(device)) {
    const hoist: Create = ({ code, ...rest }) => {
      const lines = [...code.matchAll(MARKED)].map(([, line]) => `${line}\n`);
      const others = lines.length > 0 ? code.replace(MARKED, "") : code;
      return create.call(device, { ...rest, code: lines.join("") + others });
    };
    device.createShaderModule = hoist;
    hoisting.set(device, hoist);
  }
  return `//!tx enable ${extension};`;
}

const MARKED = /^\/\/!tx (enable \w+;)$/gm;
