import { backend, env, getBackend, tidy } from "@tensorflow/tfjs-core";

/** As much of tfjs's WebGPU backend (4.22.0) as this needs; all public. */
interface CompilingBackend {
  readonly device: { createComputePipelineAsync(...args: unknown[]): Promise<unknown> };
  checkCompileCompletionAsync(): Promise<void>;
}

/** tfjs's own flag: programs are compiled, and nothing is sent to the device. */
const COMPILE_ONLY = "WEBGPU_ENGINE_COMPILE_ONLY";

/**
 * Compiles all programs that some work takes on the webgpu backend, at the same time and before it is
 * done for the first time; else each is compiled when it is first needed, one after another. Nothing is
 * computed. On other backends there is nothing to compile, and the work is not run.
 *
 * Await it before anything else runs on the backend.
 *
 * @param work Whatever is to come later, of the same shapes. It runs twice, but its tensors hold
 *   nothing: it must not read one, and must not leave one where it will be used. What it makes is
 *   disposed.
 * @throws What the work throws; Error where a program does not compile.
 */
export async function compileAhead(work: () => void): Promise<void> {
  if (getBackend() !== "webgpu") return;
  const { device } = backend() as unknown as CompilingBackend;
  const started: Promise<unknown>[] = [];
  const create = device.createComputePipelineAsync;
  device.createComputePipelineAsync = (...args) => {
    const pipeline = create.apply(device, args);
    started.push(pipeline);
    return pipeline;
  };
  env().set(COMPILE_ONLY, true);
  try {
    // Small tensors that lie on the host tfjs leaves to the CPU. From the first time on, weights lie on
    // the device.
    for (let time = 0; time < 2; time++) tidy(() => void work());
  } finally {
    env().set(COMPILE_ONLY, false);
    // Its own again, that of its class.
    Reflect.deleteProperty(device, "createComputePipelineAsync");
    await settle(started);
  }
}

/** Puts compiled pipelines in the place of their promises, of which tfjs's cache is full until then. */
async function settle(started: readonly Promise<unknown>[]): Promise<void> {
  // First ours alone: while tfjs waits, it forgets what is compiled meanwhile.
  await Promise.allSettled(started);
  await (backend() as unknown as CompilingBackend).checkCompileCompletionAsync();
}
