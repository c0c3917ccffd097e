import { type Tensor2D, tensor2d } from "@tensorflow/tfjs-core";
import { useBackend } from "@tx/backend";
import { Rng } from "@tx/core";
import { gpt } from "@tx/model";
import { AdamW, causalLoss, TrainLoop } from "@tx/training";
import { expect, test } from "vitest";
import { configs } from "./configs";
import { countOnDevice } from "./device-counts";
import { countSteps } from "./step-counts";
import { benchProgram } from "./testing/bench";

await useBackend("webgpu");

const { run, json, file } = benchProgram();

/** The same as `small` in smaller sizes, which an emulated GPU computes in a second or so. */
const narrow = { ...configs.small, dModel: 16, length: 9, batch: 3 };

test("a training step of the small GPT", async () => {
  // At its real sizes, on a device that computes nothing.
  const { stderr, status } = run("counts", "--steps", "1", "--json", file("small.json"));
  expect([status, stderr]).toEqual([0, ""]);
  const { config, counts } = json("small.json") as {
    config: object;
    counts: Awaited<ReturnType<typeof countSteps>>;
  };
  expect(config).toEqual(configs.small);
  expect(counts.ahead.pipelinesCreated).toBeGreaterThan(10);
  const asked = {
    ...{ dispatches: expect.any(Number), buffersCreated: expect.any(Number) },
    // Weights, moments and loss stay on the device: the tokens go there, the loss comes back.
    ...{ pipelinesCreated: 0, reads: 1, readBytes: 4, uploadedBytes: expect.any(Number) },
  };
  const computed = await countSteps(narrow, { timed: 1 });
  for (const [{ first, steady }, { batch, length }] of [
    [counts, configs.small],
    [computed, narrow],
  ] as const) {
    expect(first.pipelinesCreated).toBe(0);
    expect(steady).toMatchObject(asked);
    expect(steady.dispatches).toBeLessThanOrEqual(220);
    expect(steady.buffersCreated).toBeLessThanOrEqual(20);
    expect(steady.uploadedBytes).toBeLessThanOrEqual(2 * 4 * batch * (length + 1));
  }
  // So the number does not hang on sizes, nor on whether anything is computed.
  expect(computed.steady.dispatches).toBe(counts.steady.dispatches);
});

test("a loop reads each loss once, when the step after it is on its way", async () => {
  const { vocabSize, layers, heads, dModel, length, batch } = { ...narrow, layers: 1 };
  const rng = new Rng(1);
  const model = gpt({ vocabSize, maxLen: length, layers, heads, dModel, bias: false, rng }).train();
  const optimizer = new AdamW({ parameters: model.parameters() });
  const told: number[] = [];
  const loop = new TrainLoop({
    ...{ model, optimizer, schedule: () => 1e-3, maxNorm: 1 },
    loss: (tokens: Tensor2D) => causalLoss((ids) => model.forward(ids), tokens),
    onStep: ({ step }) => told.push(step),
  });
  const ids = Array.from({ length: batch * (length + 1) }, () => rng.integer(vocabSize));
  const tokens = tensor2d(ids, [batch, length + 1], "int32");
  const ahead = await countOnDevice(() => loop.prepare(tokens));
  expect(ahead).toMatchObject({ dispatches: 0, reads: 0 });
  const steps: Promise<void>[] = [];
  const first = await countOnDevice(async () => {
    for (let n = 0; n < 3; n++) steps.push(loop.step(tokens));
  });
  // Three steps are on their way, and nothing of them has been waited for.
  expect(first).toMatchObject({ pipelinesCreated: 0, reads: 3 });
  expect(told).toEqual([]);
  await Promise.all(steps);
  expect(told).toEqual([0, 1]);
  await loop.settle();
  expect(told).toEqual([0, 1, 2]);
  for (const thing of [tokens, model, optimizer]) thing.dispose();
});
