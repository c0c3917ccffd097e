import { useBackend } from "@tx/backend";
import { expect, test } from "vitest";
import { startSteps } from "./step";
import { countWebgpu } from "./webgpu-counts";

test("a training step of the small GPT", async () => {
  await useBackend("webgpu");
  // What `small` is made of, in smaller sizes: neither has rows enough for products to be split.
  const small = { layers: 4, heads: 4, dModel: 16, length: 8, batch: 3, vocabSize: 65 };
  const work = startSteps(small);
  for (let n = 0; n < 3; n++) await work.once();
  const { dispatches, buffers, pipelines } = await countWebgpu(work.once);
  work.dispose();
  expect(pipelines).toBe(0);
  expect(buffers).toBeLessThanOrEqual(20);
  expect(dispatches).toBeLessThanOrEqual(220);
});
