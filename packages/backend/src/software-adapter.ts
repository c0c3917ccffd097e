/** What WebGPU tells of an adapter (GPUAdapterInfo); browsers leave much of it empty. */
export interface AdapterInfo {
  readonly vendor?: string | undefined;
  readonly architecture?: string | undefined;
  readonly device?: string | undefined;
  readonly description?: string | undefined;
  readonly isFallbackAdapter?: boolean | undefined;
}

/**
 * The known renderers that emulate a GPU on the CPU: SwiftShader (Chrome, our tests), llvmpipe with
 * its Vulkan front lavapipe and softpipe (Mesa), WARP alias Microsoft Basic Render Driver (Windows).
 */
const emulators =
  /swiftshader|llvmpipe|lavapipe|softpipe|\bwarp\b|basic render|software (?:adapter|render|rasteri)/i;

/** True if the adapter is not a GPU but the CPU posing as one. */
export function isSoftwareAdapter(info: AdapterInfo): boolean {
  const { vendor, architecture, device, description, isFallbackAdapter } = info;
  if (isFallbackAdapter === true) return true;
  return [vendor, architecture, device, description].some((text) => emulators.test(text ?? ""));
}

/** One line for people, such as "GPU nvidia ampere (nvidia-geforce-rtx-3070, NVIDIA: 535.104)". */
export function describeAdapter(info: AdapterInfo): string {
  const { vendor, architecture, device, description } = info;
  const maker = [vendor, architecture].filter(Boolean).join(" ") || "of an unnamed vendor";
  const details = [device, description].filter(Boolean).join(", ");
  const named = details === "" ? maker : `${maker} (${details})`;
  return nameGpu(named, info);
}

/** "GPU …", or that it is none. */
export function nameGpu(named: string, info: AdapterInfo): string {
  return isSoftwareAdapter(info)
    ? `software adapter ${named}, a GPU emulated on the CPU`
    : `GPU ${named}`;
}
