import {
  getBackend,
  getKernel,
  profile,
  scalar,
  type Tensor2D,
  tensor2d,
} from "@tensorflow/tfjs-core";
import { Rng } from "@tx/core";
import { gpt } from "@tx/model";
import { AdamW, causalLoss, createTrainStep } from "@tx/training";
import type { BenchConfig } from "./configs";
import { countOnDevice, type DeviceCounts } from "./device-counts";
import { threadMs } from "./main-thread";
import { programTimes } from "./program-times";

interface StepCounts {
  /** Kernels that the backend ran in one step. */
  kernelCalls: number;
  /** Most bytes that tfjs held at once in one step. */
  peakBytes: number;
  /** Of a WebGPU device in one step. */
  deviceCounts?: DeviceCounts;
}

/** Of one step, in milliseconds. */
export interface StepTimes {
  /** Until everything is on its way to the device, the reading of the loss too. */
  readonly encoded: number;
  /** How long of it the main thread had a processor, where the system tells. */
  readonly onProcessor: number | undefined;
  /** Until the loss is there. */
  readonly taken: number;
}

/** Training steps of a GPT on the active backend. */
export interface StepWork {
  readonly parameters: number;
  /**
   * One step on fresh random tokens: forward, backward, clipping and AdamW, ended by reading the
   * loss.
   *
   * @returns Milliseconds.
   */
  once(): Promise<number>;
  /** The same step, and how long the main thread was busy with it. */
  timed(): Promise<StepTimes>;
  /** Milliseconds of the device by program, of one step; undefined where it does not tell. */
  programTimes(): Promise<Map<string, number> | undefined>;
  /** Compiles ahead what a step takes, where there is something to compile. */
  prepare(): Promise<void>;
  /** Runs more steps to count what one does. */
  count(): Promise<StepCounts>;
  dispose(): void;
}

/**
 * Makes the model and its optimiser.
 *
 * @param nonFinite What becomes of an update whose loss is no finite number: "skip" has to look.
 */
export function startSteps(config: BenchConfig, nonFinite: "skip" | "apply" = "skip"): StepWork {
  const { vocabSize, length, layers, heads, dModel, batch } = config;
  const rng = new Rng(1);
  const sizes = { vocabSize, maxLen: length, layers, heads, dModel };
  const model = gpt({ ...sizes, bias: false, rng }).train();
  const parameters = model.parameters();
  const optimizer = new AdamW({ parameters });
  const step = createTrainStep({
    ...{ model, optimizer, maxNorm: 1, nonFinite },
    loss: (tokens: Tensor2D) => causalLoss((ids) => model.forward(ids), tokens),
    schedule: () => 1e-3,
  });
  const random = (): Tensor2D => {
    const ids = Int32Array.from({ length: batch * (length + 1) }, () => rng.integer(vocabSize));
    return tensor2d(ids, [batch, length + 1], "int32");
  };
  const timed = async (): Promise<StepTimes> => {
    const tokens = random();
    const before = threadMs();
    const started = performance.now();
    const { loss, gradientNorm } = step(tokens);
    // tfjs submits what it has recorded before data() returns its promise.
    const read = loss.data();
    const encoded = performance.now() - started;
    const after = threadMs();
    const onProcessor = before === undefined || after === undefined ? undefined : after - before;
    await read;
    const taken = performance.now() - started;
    for (const tensor of [loss, gradientNorm, tokens]) tensor.dispose();
    return { encoded, onProcessor, taken };
  };
  const timesByProgram = async () => {
    const tokens = random();
    const times = await programTimes(() => {
      const { loss, gradientNorm } = step(tokens);
      for (const tensor of [loss, gradientNorm]) tensor.dispose();
    });
    tokens.dispose();
    return times;
  };
  const once = async () => (await timed()).taken;
  const prepare = async () => {
    const tokens = random();
    await step.prepare(tokens);
    tokens.dispose();
  };
  return {
    parameters: [...parameters.values()].reduce((sum, { size }) => sum + size, 0),
    once,
    timed,
    programTimes: timesByProgram,
    prepare,
    count: () => countKernels(once),
    dispose: () => {
      model.dispose();
      optimizer.dispose();
    },
  };
}

async function countKernels(once: () => Promise<number>): Promise<StepCounts> {
  const { kernels, peakBytes } = await profile(async () => {
    await once();
    return scalar(0);
  });
  // tfjs also lists the wrappers of custom gradients, which run no kernel of their own.
  const ran = kernels.filter(({ name }) => getKernel(name, getBackend()));
  const deviceCounts = await countOnDevice(once);
  return { kernelCalls: ran.length, peakBytes, ...(deviceCounts ? { deviceCounts } : {}) };
}
