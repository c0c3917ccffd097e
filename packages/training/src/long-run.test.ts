import { getBackend, memory } from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { AdamW, createTrainStep } from "./index";
import { TinyGpt, tinyTokens } from "./testing/tiny-gpt";

/** 1000 where a step takes a few milliseconds. */
const STEPS = getBackend() === "simd" ? 1000 : 100;
const WARM_UP = 10;

test(`memory is flat over ${STEPS} steps with dropout, clipping and a schedule`, async () => {
  const model = new TinyGpt({ layers: 1, dropout: 0.1 }).train();
  const optimizer = new AdamW({ parameters: model.parameters() });
  const rates = (step: number) => 0.01 * Math.min(1, (step + 1) / 20) * (1 - step / (2 * STEPS));
  const trainStep = createTrainStep({
    ...{ model, optimizer, schedule: rates, maxNorm: 0.5 },
    loss: model.loss,
  });
  const batches = [0, 1, 2].map(tinyTokens);
  // numTensors, numDataBuffers and numBytes; on simd also bytesInUse and bytesReserved.
  const numbers = () => ({ ...memory() });
  const held: ReturnType<typeof numbers>[] = [];
  for (let n = 0; n < STEPS; n++) {
    const { loss, gradientNorm } = trainStep(batches[n % 3]!);
    if (n % 10 === 0) expect(Number.isFinite((await loss.data())[0])).toBe(true);
    loss.dispose();
    gradientNorm.dispose();
    held.push(numbers());
  }
  if (getBackend() === "simd") expect(held[0]).toHaveProperty("bytesReserved");
  expect(new Set(held.slice(WARM_UP).map((now) => JSON.stringify(now))).size).toBe(1);
}, 240_000);
