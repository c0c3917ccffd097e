import {
  engine,
  getKernel,
  type KernelFunc,
  type NamedTensorMap,
  type Tensor,
  type TensorInfo,
  tidy,
} from "@tensorflow/tfjs-core";

/** What an engine's kernel is told beside its tensors: plain values only. */
export type KernelAttributes = Record<string, number | string | boolean | readonly number[]>;

/** Tensors by the names of an operation's contract; undefined ones are left out. */
export type KernelInputs = Record<string, Tensor | undefined>;

type Attrs = NonNullable<Parameters<KernelFunc>[0]["attrs"]>;

/**
 * Runs a kernel where the active backend's engine has registered one of that name, else the
 * reference in stock operations, of which nothing but the result stays. This is the place where an
 * engine takes over an operation. A kernel that cannot do a call, for a size or a type that it does
 * not know, answers with an empty list and leaves nothing behind: the reference runs then.
 */
export function runKernelOr<
  Result extends Tensor | Tensor[] | undefined,
  Inputs extends KernelInputs = KernelInputs,
  Attributes extends KernelAttributes = KernelAttributes,
>(
  kernelName: string,
  inputs: Inputs,
  attributes: Attributes,
  reference: (inputs: Inputs, attributes: Attributes) => Result,
): Result {
  const run = engine();
  const kernelFunc = getKernel(kernelName, run.backendName)?.kernelFunc as KernelFunc | undefined;
  if (kernelFunc) {
    const given = present(inputs);
    // Where nothing needs to be around it, the kernel runs alone: tfjs-core 4.22.0's runKernel opens
    // scopes and looks after a tape each time, some microseconds a call, of which decoding token by
    // token consists for the most part.
    const made = isWatched()
      ? (run.runKernel(kernelName, given, attributes as unknown as Attrs) as Tensor | Tensor[])
      : kernelFunc({ inputs: given, attrs: attributes as unknown as Attrs, backend: run.backend });
    if (!Array.isArray(made)) return tensorOf(made) as Result;
    if (made.length > 0) return made.map(tensorOf) as Result;
  }
  return tidy(() => reference(inputs, attributes) as Tensor) as Result;
}

/**
 * Runs an engine's kernel that has no gradient and no reference, where no gradient is being taken and
 * nothing is profiled.
 *
 * @returns What the kernel returns; undefined where it is not to run, there is none, or it cannot do
 *   the call.
 */
export function runAlone<Result extends Tensor | Tensor[]>(
  kernelName: string,
  inputs: KernelInputs,
  attributes: KernelAttributes,
): Result | undefined {
  return isWatched() ? undefined : runKernelOr(kernelName, inputs, attributes, nothing<Result>);
}

/** The reference of a kernel that has none. */
export function nothing<Result>(): Result | undefined {
  return undefined;
}

/** Whether operations must go through tfjs's engine: a gradient records them, or someone looks on. */
export function isWatched(): boolean {
  const { state, ENV } = engine();
  return state.gradientDepth > 0 || state.profiling || ENV.getBool("DEBUG");
}

function tensorOf(info: TensorInfo | Tensor): Tensor {
  return "rank" in info ? info : engine().makeTensorFromTensorInfo(info);
}

/** What there is of some tensors. */
export function present(tensors: KernelInputs): NamedTensorMap {
  const given: NamedTensorMap = {};
  for (const name in tensors) {
    const tensor = tensors[name];
    if (tensor) given[name] = tensor;
  }
  return given;
}
