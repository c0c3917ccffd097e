import { slice, tidy } from "@tensorflow/tfjs-core";
import { Rng } from "@tx/core";
import { learned, rope } from "@tx/positional";
import { expectNoLeak } from "@tx/testing";
import { describe, expect, test } from "vitest";
import {
  type EncoderDecoderModel,
  generate,
  generateBatch,
  generateBeams,
  t5,
  t5Sizes,
  vanillaTransformer,
  vanillaTransformerSizes,
} from "./index";
import { ids } from "./testing/presets";

const START = 1;
const sources = [[7, 2, 8, 1, 9], [5], [3, 11, 4]];
const greedy = { maxNewTokens: 5, temperature: 0, contextLength: 16, rng: new Rng(1) };

const vanilla = (seed = 3) => ({ ...vanillaTransformerSizes.tiny, rng: new Rng(seed) });
const models: [string, () => EncoderDecoderModel][] = [
  ["the vanilla Transformer", () => vanillaTransformer(vanilla())],
  [
    "learned positions",
    () => {
      const positional = learned({ maxLen: 16, dModel: 6, rng: new Rng(2) });
      return vanillaTransformer({ ...vanilla(), heads: 3, positional });
    },
  ],
  [
    "rotary positions",
    () => {
      const positional = rope({ headDim: 6 });
      return vanillaTransformer({ ...vanilla(6), heads: 1, positional });
    },
  ],
  ["T5", () => t5({ ...t5Sizes.tiny, tied: false, rng: new Rng(3) })],
];

/** The likeliest token after a target, read anew without caches. */
async function likeliest(model: EncoderDecoderModel, source: number[], target: number[]) {
  const last = tidy(() => {
    const logits = model.forward(ids(source), ids(target));
    return slice(logits, [0, target.length - 1, 0], [1, 1, -1]);
  });
  const logits = [...(await last.data())];
  last.dispose();
  return logits.indexOf(Math.max(...logits));
}

async function wanted(
  model: EncoderDecoderModel,
  source: number[],
  { tokens = 5, context = 16 } = {},
): Promise<number[]> {
  const target = [START];
  for (let made = 0; made < tokens; made++) {
    target.push(await likeliest(model, source, target.slice(-context)));
  }
  return target.slice(1);
}

describe.each(models)("with %s", (_, make) => {
  test("greedy with caches is what reading everything anew says", async () => {
    const model = make();
    const texts: number[][] = [];
    for (const source of sources) {
      const conditioned = model.conditionedOn([source]);
      const text = await generate(conditioned, [START], greedy);
      expect(text).toEqual(await wanted(model, source));
      texts.push(text);
      conditioned.dispose();
    }
    expect(new Set(texts.map(String)).size, "sources that make a difference").toBeGreaterThan(1);
  });

  test("sources of different lengths in a batch go on as each alone", async () => {
    const model = make();
    const conditioned = model.conditionedOn(sources);
    const prompts = [[START], [START, 4], [START]];
    const texts = await generateBatch(conditioned, prompts, greedy);
    for (const [row, source] of sources.entries()) {
      const alone = model.conditionedOn([source]);
      expect(texts[row]).toEqual(await generate(alone, prompts[row]!, greedy));
      alone.dispose();
    }
    conditioned.dispose();
  });

  test("texts that end early leave the others their own sources", async () => {
    const model = make();
    const alone = await Promise.all(sources.map((source) => wanted(model, source)));
    const endToken = alone[1]![0]!;
    const cut = (text: number[]) => {
      const end = text.indexOf(endToken);
      return end < 0 ? text : text.slice(0, end + 1);
    };
    const conditioned = model.conditionedOn(sources);
    const prompts = sources.map(() => [START]);
    expect(await generateBatch(conditioned, prompts, { ...greedy, endToken })).toEqual(
      alone.map(cut),
    );
    conditioned.dispose();
  });

  test("sampling is the same for a seed, alone and in a batch", async () => {
    const model = make();
    const options = { ...greedy, temperature: 1.3, topP: 0.9 };
    const conditioned = model.conditionedOn(sources);
    const prompts = sources.map(() => [START]);
    const texts = await generateBatch(conditioned, prompts, { ...options, rng: new Rng(6) });
    const seeds = new Rng(6);
    for (const [row, source] of sources.entries()) {
      const alone = model.conditionedOn([source]);
      const rng = new Rng(seeds.nextSeed());
      expect(texts[row]).toEqual(await generate(alone, [START], { ...options, rng }));
      alone.dispose();
    }
    conditioned.dispose();
  });

  test("beams: one is greedy, more find no less likely text, and all without a leak", async () => {
    const model = make();
    // Rotary tables stay.
    const text = await wanted(model, sources[0]!);
    await expectNoLeak(async () => {
      const conditioned = model.conditionedOn([sources[0]!]);
      const options = { maxNewTokens: 5, contextLength: 16 };
      const [one] = await generateBeams(conditioned, [START], { ...options, beams: 1 });
      expect(one!.ids).toEqual(text);
      const [best] = await generateBeams(conditioned, [START], { ...options, beams: 13 ** 2 });
      expect(best!.score).toBeGreaterThanOrEqual(one!.score - 1e-5);
      conditioned.dispose();
    });
  });

  test("past the context the last tokens are read anew, each row beside its source", async () => {
    const model = make();
    const conditioned = model.conditionedOn(sources);
    const prompts = sources.map(() => [START]);
    const texts = await generateBatch(conditioned, prompts, { ...greedy, contextLength: 3 });
    for (const [row, source] of sources.entries()) {
      expect(texts[row]).toEqual(await wanted(model, source, { context: 3 }));
    }
    conditioned.dispose();
  });
});

test("refuses sources and prompts that do not fit, and leaves nothing behind", async () => {
  const model = models[1]![1]();
  await expectNoLeak(async () => {
    const refused = (given: number[][], message: string) =>
      expect(() => model.conditionedOn(given)).toThrow(new RangeError(message));
    refused([], "sources: expected at least one, got none");
    refused([[1], []], "sources[1]: expected at least one token, got none");
    refused([[13]], "sources[0]: expected whole numbers in [0, 13), got 13");
    refused([Array(17).fill(1)], "source: expected at most 16 tokens, got 17");
    const conditioned = model.conditionedOn(sources);
    await expect(generate(conditioned, [START], greedy)).rejects.toThrow(
      new RangeError("prompts: expected one for each of 3 sources, got 1"),
    );
    conditioned.dispose();
  });
});
