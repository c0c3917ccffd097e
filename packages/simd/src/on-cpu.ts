import { getKernel, type KernelConfig, type TensorInfo } from "@tensorflow/tfjs-core";
import { type KernelArguments, simdKernel } from "./simd-kernel";

/** The cpu backend's kernel of that name: it reads and makes tensors of ours as it does its own. */
export function onCpu<Inputs, Attributes>(
  kernelName: string,
  args: KernelArguments<Inputs, Attributes>,
): TensorInfo | TensorInfo[] {
  const cpu = getKernel(kernelName, "cpu")!;
  return cpu.kernelFunc(args as unknown as Parameters<typeof cpu.kernelFunc>[0]);
}

/** A kernel of ours for what it takes; where it gives undefined, the cpu backend's does the work. */
export function simdOrCpuKernel<Inputs, Attributes = Record<string, never>>(
  kernelName: string,
  run: (args: KernelArguments<Inputs, Attributes>) => TensorInfo | TensorInfo[] | undefined,
): KernelConfig {
  return simdKernel<Inputs, Attributes>(kernelName, (args) => run(args) ?? onCpu(kernelName, args));
}
