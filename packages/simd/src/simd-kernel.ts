import type { KernelConfig, TensorInfo } from "@tensorflow/tfjs-core";
import type { SimdBackend } from "./backend";

/** What a kernel of ours is given. */
export interface KernelArguments<Inputs, Attributes> {
  readonly inputs: Inputs;
  readonly attrs: Attributes;
  readonly backend: SimdBackend;
}

/** The one place where tfjs's untyped kernel arguments become ours. */
export function simdKernel<Inputs, Attributes = Record<string, never>>(
  kernelName: string,
  run: (args: KernelArguments<Inputs, Attributes>) => TensorInfo | TensorInfo[],
): KernelConfig {
  return {
    kernelName,
    backendName: "simd",
    kernelFunc: (args) => run(args as unknown as KernelArguments<Inputs, Attributes>),
  };
}
