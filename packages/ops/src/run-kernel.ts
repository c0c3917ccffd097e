import {
  engine,
  getBackend,
  getKernel,
  type NamedTensorMap,
  type Tensor,
} from "@tensorflow/tfjs-core";

/** What an engine's kernel is told beside its tensors: plain values only. */
export type KernelAttributes = Record<string, number | string | boolean | readonly number[]>;

/**
 * Runs a kernel where the active backend's engine has registered one of that name, else the
 * reference in stock operations. This is the one place where an engine takes over an operation.
 *
 * @param inputs Tensors by the names of the operation's contract; undefined ones are left out.
 */
export function runKernelOr<Result extends Tensor | Tensor[]>(
  kernelName: string,
  inputs: Record<string, Tensor | undefined>,
  attributes: KernelAttributes,
  reference: () => Result,
): Result {
  if (!getKernel(kernelName, getBackend())) return reference();
  const given = Object.entries(inputs).filter(([, tensor]) => tensor !== undefined);
  return engine().runKernel(
    kernelName,
    Object.fromEntries(given) as NamedTensorMap,
    attributes as Parameters<ReturnType<typeof engine>["runKernel"]>[2],
  ) as Result;
}
