import {
  engine,
  env,
  getBackend,
  getKernel,
  type KernelFunc,
  type NamedTensorMap,
  type Tensor,
  type TensorInfo,
} from "@tensorflow/tfjs-core";

/** What an engine's kernel is told beside its tensors: plain values only. */
export type KernelAttributes = Record<string, number | string | boolean | readonly number[]>;

/** Tensors by the names of an operation's contract; undefined ones are left out. */
export type KernelInputs = Record<string, Tensor | undefined>;

/**
 * Runs a kernel where the active backend's engine has registered one of that name, else the
 * reference in stock operations. This and `runAlone` are the places where an engine takes over
 * an operation. A kernel that cannot do a call, for a size or a type that it does not know, answers
 * with an empty list and leaves nothing behind: the reference runs then.
 */
export function runKernelOr<Result extends Tensor | Tensor[]>(
  kernelName: string,
  inputs: KernelInputs,
  attributes: KernelAttributes,
  reference: () => Result,
): Result {
  if (!getKernel(kernelName, getBackend())) return reference();
  const made = engine().runKernel(
    kernelName,
    present(inputs),
    attributes as Parameters<ReturnType<typeof engine>["runKernel"]>[2],
  ) as Result;
  return hasDeclined(made) ? reference() : made;
}

/** Whether a kernel has answered that it cannot do a call. */
export function hasDeclined(made: Tensor | TensorInfo | readonly (Tensor | TensorInfo)[]): boolean {
  return Array.isArray(made) && made.length === 0;
}

/**
 * Runs an engine's kernel with nothing around it, where nothing needs to be: no gradient is being
 * taken, nothing is profiled. tfjs-core 4.22.0's runKernel opens scopes and looks after a tape each
 * time, some microseconds a call, of which decoding token by token consists for the most part.
 *
 * @returns What the kernel returns; undefined where it is to be run as usual, there is none, or it
 *   cannot do the call.
 */
export function runAlone<Result extends Tensor | Tensor[]>(
  kernelName: string,
  inputs: KernelInputs,
  attributes: KernelAttributes,
): Result | undefined {
  if (isWatched()) return undefined;
  const run = engine();
  const kernelFunc = getKernel(kernelName, run.backendName)?.kernelFunc as KernelFunc | undefined;
  if (!kernelFunc) return undefined;
  const attrs = attributes as Parameters<KernelFunc>[0]["attrs"];
  const made = kernelFunc({ inputs: present(inputs), attrs: attrs!, backend: run.backend });
  if (hasDeclined(made)) return undefined;
  return (Array.isArray(made) ? made.map(tensorOf) : tensorOf(made)) as Result;
}

/** Whether operations must go through tfjs's engine: a gradient records them, or someone looks on. */
export function isWatched(): boolean {
  const { gradientDepth, profiling } = engine().state;
  return gradientDepth > 0 || profiling || env().getBool("DEBUG");
}

function tensorOf(info: TensorInfo | Tensor): Tensor {
  return "rank" in info ? info : engine().makeTensorFromTensorInfo(info);
}

function present(inputs: KernelInputs): NamedTensorMap {
  for (const name in inputs) {
    if (inputs[name] === undefined) return withoutAbsent(inputs);
  }
  // Nothing is missing, as for most calls: no need to copy it for each.
  return inputs as NamedTensorMap;
}

function withoutAbsent(inputs: KernelInputs): NamedTensorMap {
  const given: NamedTensorMap = {};
  for (const name in inputs) {
    const tensor = inputs[name];
    if (tensor) given[name] = tensor;
  }
  return given;
}
