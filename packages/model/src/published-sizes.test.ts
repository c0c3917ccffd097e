import { memory } from "@tensorflow/tfjs-core";
import { countParameters, Rng } from "@tx/core";
import { expect, test } from "vitest";
import {
  bert,
  bertEncoder,
  bertSizes,
  gpt,
  gptSizes,
  llama,
  llamaSizes,
  t5,
  t5Sizes,
  transformerXL,
  transformerXLSizes,
  vanillaTransformer,
  vanillaTransformerSizes,
} from "./index";

const rng = new Rng(1);
const publishedBert = (name: keyof typeof bertSizes) => () =>
  bertEncoder({ ...bertSizes[name], rng });
const publishedGpt = (name: keyof typeof gptSizes) => () => gpt({ ...gptSizes[name], rng });
const publishedLlama = (name: keyof typeof llamaSizes) => () => llama({ ...llamaSizes[name], rng });
const publishedT5 = (name: keyof typeof t5Sizes) => () => t5({ ...t5Sizes[name], rng });

// Numbers of the published weights of these names; those of the paper for the others.
test.each([
  ["BERT base, with pooler", publishedBert("base"), 109_482_240],
  ["BERT large, with pooler", publishedBert("large"), 335_141_888],
  ["GPT-2", publishedGpt("gpt2"), 124_439_808],
  ["GPT-2 medium", publishedGpt("gpt2-medium"), 354_823_168],
  ["GPT-2 large", publishedGpt("gpt2-large"), 774_030_080],
  ["GPT-2 XL", publishedGpt("gpt2-xl"), 1_557_611_200],
  ["Llama 7B", publishedLlama("llama-7b"), 6_738_415_616],
  ["Llama 13B", publishedLlama("llama-13b"), 13_015_864_320],
  ["Llama 33B", publishedLlama("llama-33b"), 32_528_943_616],
  ["Llama 65B", publishedLlama("llama-65b"), 65_285_660_672],
  ["Llama 2 7B", publishedLlama("llama-2-7b"), 6_738_415_616],
  ["Llama 2 13B", publishedLlama("llama-2-13b"), 13_015_864_320],
  ["Llama 2 70B", publishedLlama("llama-2-70b"), 68_976_648_192],
  ["Llama 3 8B", publishedLlama("llama-3-8b"), 8_030_261_248],
  ["Llama 3 70B", publishedLlama("llama-3-70b"), 70_553_706_496],
  ["T5 small", publishedT5("t5-small"), 60_506_624],
  ["T5 base", publishedT5("t5-base"), 222_903_552],
  ["T5 large", publishedT5("t5-large"), 737_668_096],
  ["T5 3B", publishedT5("t5-3b"), 2_851_598_336],
  ["T5 11B", publishedT5("t5-11b"), 11_307_321_344],
  ["T5 1.1 small", publishedT5("t5-v1.1-small"), 76_961_152],
  ["T5 1.1 base", publishedT5("t5-v1.1-base"), 247_577_856],
  ["T5 1.1 large", publishedT5("t5-v1.1-large"), 783_150_080],
  ["T5 1.1 XL", publishedT5("t5-v1.1-xl"), 2_849_757_184],
  ["T5 1.1 XXL", publishedT5("t5-v1.1-xxl"), 11_135_332_352],
])("%s has as many parameters as published, counted in no memory", (_, make, wanted) => {
  const before = memory();
  const { state } = rng;
  expect(countParameters(make)).toBe(wanted);
  expect(memory()).toMatchObject({ numTensors: before.numTensors, numBytes: before.numBytes });
  expect(rng.state).toBe(state);
});

/** One table; two and three times four d² of attention; two kernels of the feed-forward. */
function vanillaCount(vocab: number, layers: number, width: number): number {
  const attention = 4 * (width ** 2 + width);
  const feedForward = 8 * width ** 2 + 5 * width;
  const norm = 2 * width;
  const encoder = attention + feedForward + 2 * norm;
  const decoder = 2 * attention + feedForward + 3 * norm;
  return vocab * width + layers * (encoder + decoder);
}

test("the Transformer has as many as its paper's architecture, close to what its table rounds to", () => {
  const count = (name: keyof typeof vanillaTransformerSizes) =>
    countParameters(() => vanillaTransformer({ ...vanillaTransformerSizes[name], rng }));
  expect(count("base")).toBe(vanillaCount(37_000, 6, 512));
  expect(count("base")).toBe(63_082_496);
  expect(count("big")).toBe(vanillaCount(37_000, 6, 1024));
  expect(count("big")).toBe(214_245_376);
  // Table 3 says 65 and 213 million; the size of its shared vocabulary is told as "about 37000".
  expect(Math.abs(count("base") / 65e6 - 1)).toBeLessThan(0.03);
  expect(Math.abs(count("big") / 213e6 - 1)).toBeLessThan(0.01);
});

test("BERT's masked language model has no pooler, but its head", () => {
  const width = 768;
  const head = width ** 2 + width + 2 * width + 30_522;
  expect(countParameters(() => bert({ ...bertSizes.base, rng }))).toBe(
    109_482_240 - (width ** 2 + width) + head,
  );
});

test("Transformer-XL has as many as its paper says", () => {
  const count = (name: keyof typeof transformerXLSizes) =>
    countParameters(() => transformerXL({ ...transformerXLSizes[name], rng }));
  // Table 1 says 151 million, table 2 says 41.
  expect(count("wikitext-103-base")).toBe(151_106_305);
  expect(count("enwik8-12l")).toBe(41_055_436);
});
