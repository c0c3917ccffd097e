import { engine } from "@tensorflow/tfjs-core";

/** What the WebGPU backend is asked to do in some steps. */
export interface WebgpuCounts {
  /** Programs by the first words of their names, most frequent first. */
  readonly programs: ReadonlyMap<string, number>;
  readonly dispatches: number;
  readonly buffers: number;
  readonly pipelines: number;
}

interface Device {
  createBuffer(...args: unknown[]): unknown;
  createComputePipeline(...args: unknown[]): unknown;
}

interface Program {
  readonly shaderKey: string;
  readonly constructor: { readonly name: string };
}

interface Backend {
  readonly device: Device;
  runWebGPUProgram(program: Program): unknown;
}

/** Counts dispatches, buffers and pipelines that tfjs's WebGPU backend makes while a body runs. */
export async function countWebgpu(body: () => Promise<unknown>): Promise<WebgpuCounts> {
  const backend = engine().backend as unknown as Backend;
  const names: string[] = [];
  const counts = { buffers: 0, pipelines: 0 };
  const restore = [
    watch(backend, "runWebGPUProgram", (program) => {
      const { shaderKey, constructor: of } = program as Program;
      names.push(/^tx_[a-zA-Z]+/.exec(shaderKey)?.[0] ?? of.name);
    }),
    watch(backend.device, "createBuffer", () => counts.buffers++),
    watch(backend.device, "createComputePipeline", () => counts.pipelines++),
  ];
  try {
    await body();
  } finally {
    for (const back of restore) back();
  }
  const programs = new Map<string, number>();
  for (const name of names) programs.set(name, (programs.get(name) ?? 0) + 1);
  const sorted = new Map([...programs].sort(([, a], [, b]) => b - a));
  return { programs: sorted, dispatches: names.length, ...counts };
}

/** Has a method's first argument looked at each time; gives the way back. */
function watch<Owner extends object>(
  owner: Owner,
  name: keyof Owner,
  look: (argument: unknown) => void,
): () => void {
  const method = owner[name] as (...args: unknown[]) => unknown;
  owner[name] = ((...args: unknown[]) => {
    look(args[0]);
    return method.apply(owner, args);
  }) as Owner[keyof Owner];
  return () => {
    owner[name] = method as Owner[keyof Owner];
  };
}
