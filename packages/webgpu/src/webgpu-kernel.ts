import type { KernelConfig, TensorInfo } from "@tensorflow/tfjs-core";
import type { WebgpuBackend } from "./backend";

/** What a kernel of ours is given. */
export interface KernelArguments<Inputs, Attributes> {
  readonly inputs: Inputs;
  readonly attrs: Attributes;
  readonly backend: WebgpuBackend;
}

/** What a kernel answers with where it cannot do a call: the reference runs then. */
export const declined: TensorInfo[] = [];

/** The one place where tfjs's untyped kernel arguments become ours. */
export function webgpuKernel<Inputs, Attributes = Record<string, never>>(
  kernelName: string,
  run: (args: KernelArguments<Inputs, Attributes>) => TensorInfo | TensorInfo[],
): KernelConfig {
  return {
    kernelName,
    backendName: "webgpu",
    kernelFunc: (args) => run(args as unknown as KernelArguments<Inputs, Attributes>),
  };
}
