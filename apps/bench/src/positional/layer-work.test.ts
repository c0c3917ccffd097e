import { memory } from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { layerWork } from "./layer-work";
import { strategies } from "./strategies";

const config = { layers: 1, heads: 2, dModel: 8, length: 5, batch: 3, vocabSize: 7 };

test.each(Object.keys(strategies))("a layer with %s works and leaks nothing", async (name) => {
  const before = memory().numTensors;
  const work = layerWork(name, config);
  await work.step();
  const settled = memory().numTensors;
  expect(await work.forward()).toBeGreaterThan(0);
  expect(await work.step()).toBeGreaterThan(0);
  expect(memory().numTensors).toBe(settled);
  work.dispose();
  expect(memory().numTensors).toBe(before);
});
