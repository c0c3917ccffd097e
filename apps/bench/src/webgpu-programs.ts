import { engine } from "@tensorflow/tfjs-core";

interface Program {
  readonly shaderKey: string;
  readonly constructor: { readonly name: string };
}

interface Backend {
  runWebGPUProgram(program: Program, ...rest: unknown[]): unknown;
}

/**
 * How often tfjs's WebGPU backend runs each program during a piece of work, by the first words of its
 * name (tfjs's own, by its class), most frequent first.
 */
export async function programsOf(work: () => Promise<unknown>): Promise<Map<string, number>> {
  const backend = engine().backend as unknown as Backend;
  const counts = new Map<string, number>();
  const run = backend.runWebGPUProgram;
  backend.runWebGPUProgram = (program, ...rest) => {
    const name = /^tx_[a-zA-Z]+/.exec(program.shaderKey)?.[0] ?? program.constructor.name;
    counts.set(name, (counts.get(name) ?? 0) + 1);
    return run.call(backend, program, ...rest);
  };
  try {
    await work();
  } finally {
    // Its class's own again.
    Reflect.deleteProperty(backend, "runWebGPUProgram");
  }
  return new Map([...counts].sort(([, a], [, b]) => b - a));
}
