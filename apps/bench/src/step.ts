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

interface StepCounts {
  /** Kernels that the backend ran in one step. */
  kernelCalls: number;
  /** Most bytes that tfjs held at once in one step. */
  peakBytes: number;
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
  /** Runs one more step to count what it does. */
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
  const once = async () => {
    const ids = Int32Array.from({ length: batch * (length + 1) }, () => rng.integer(vocabSize));
    const tokens = tensor2d(ids, [batch, length + 1], "int32");
    const started = performance.now();
    const { loss, gradientNorm } = step(tokens);
    await loss.data();
    const taken = performance.now() - started;
    for (const tensor of [loss, gradientNorm, tokens]) tensor.dispose();
    return taken;
  };
  return {
    parameters: [...parameters.values()].reduce((sum, { size }) => sum + size, 0),
    once,
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
  return { kernelCalls: ran.length, peakBytes };
}
