import { loadavg } from "node:os";
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
import { statisticsOf } from "./statistics";

export interface StepMeasurement {
  medianMs: number;
  minMs: number;
  maxMs: number;
  /** Of the median step. */
  tokensPerSecond: number;
  /** Kernels that the backend ran in one step. */
  kernelCalls: number;
  /** Most bytes that tfjs held at once in one step. */
  peakBytes: number;
  parameters: number;
  steps: number;
  /** One-minute load averages of the machine before and after, where it has such. */
  loadAverage: { before: number; after: number };
}

/**
 * Times training steps of a GPT on the active backend: forward, backward, clipping and AdamW, on
 * fresh random tokens each time, ended by reading the loss.
 *
 * @param steps Timed steps; three more come first to warm up, and one after to count kernels.
 */
export async function measureStep(config: BenchConfig, steps: number): Promise<StepMeasurement> {
  const { vocabSize, length, layers, heads, dModel, batch } = config;
  const rng = new Rng(1);
  const sizes = { vocabSize, maxLen: length, layers, heads, dModel };
  const model = gpt({ ...sizes, bias: false, rng }).train();
  const parameters = model.parameters();
  const optimizer = new AdamW({ parameters });
  const step = createTrainStep({
    ...{ model, optimizer, maxNorm: 1 },
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
  for (let n = 0; n < WARM_UP; n++) await once();
  const before = loadavg()[0] ?? 0;
  const times: number[] = [];
  for (let n = 0; n < steps; n++) times.push(await once());
  const after = loadavg()[0] ?? 0;
  const counts = await countKernels(once);
  const { median, min, max } = statisticsOf(times);
  model.dispose();
  optimizer.dispose();
  return {
    ...{ medianMs: median, minMs: min, maxMs: max },
    tokensPerSecond: (batch * length * 1000) / median,
    ...counts,
    parameters: [...parameters.values()].reduce((sum, { size }) => sum + size, 0),
    ...{ steps, loadAverage: { before, after } },
  };
}

const WARM_UP = 3;

async function countKernels(
  once: () => Promise<number>,
): Promise<{ kernelCalls: number; peakBytes: number }> {
  const { kernels, peakBytes } = await profile(async () => {
    await once();
    return scalar(0);
  });
  // tfjs also lists the wrappers of custom gradients, which run no kernel of their own.
  const ran = kernels.filter(({ name }) => getKernel(name, getBackend()));
  return { kernelCalls: ran.length, peakBytes };
}
