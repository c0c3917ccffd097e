import { tensor2d, zeros } from "@tensorflow/tfjs-core";
import { Rng } from "@tx/core";
import { expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import {
  CausalLanguageModel,
  type GenerateOptions,
  type GptOptions,
  generate,
  gpt,
  sample,
} from "./index";

const PROMPT = [3, 1, 4];

/** Large first weights, so that tokens differ. */
function modelOf(options: Partial<GptOptions> = {}): CausalLanguageModel {
  const rng = new Rng(4);
  const sizes = { vocabSize: 11, maxLen: 6, layers: 1, heads: 2, dModel: 8 };
  const model = gpt({ ...sizes, tied: false, rng, ...options });
  for (const parameter of model.parameters().values()) {
    if (parameter.rank < 2) continue;
    const numbers = Array.from({ length: parameter.size }, () => 3 * rng.uniform() - 1.5);
    parameter.assign(tensor2d(numbers, parameter.shape as [number, number]));
  }
  return model;
}

/** One forward of the whole context a token, written out. */
async function wanted(
  model: CausalLanguageModel,
  prompt: number[],
  context: number,
  choose: (logits: number[]) => number,
): Promise<number[]> {
  const ids = [...prompt];
  for (let made = 0; made < 9; made++) {
    const read = ids.slice(-context);
    const logits = await model.forward(tensor2d([read], undefined, "int32")).array();
    ids.push(choose(logits[0]!.at(-1)!));
  }
  return ids.slice(prompt.length);
}

const likeliest = (logits: number[]) => logits.indexOf(Math.max(...logits));
const greedy = { maxNewTokens: 9, temperature: 0, rng: new Rng(1) };

test("temperature 0 always takes the likeliest, also once the text is longer than the context", async () => {
  const model = modelOf();
  const made = await generate(model, PROMPT, greedy);
  expect(made).toEqual(await wanted(model, PROMPT, 6, likeliest));
  expect(new Set(made).size).toBeGreaterThan(4);
});

test("reads no more than its context", async () => {
  const model = modelOf();
  const long = [5, 9, 2, 6, 5, 3, 5, 8];
  expect(await generate(model, long, greedy)).toEqual(
    await generate(model, long.slice(-6), greedy),
  );
  const options = { ...greedy, contextLength: 2 };
  expect(await generate(model, PROMPT, options)).toEqual(await wanted(model, PROMPT, 2, likeliest));
});

test("draws as sample does, from one stream", async () => {
  const model = modelOf();
  const settings = { temperature: 2, topK: 4 };
  const made = await generate(model, PROMPT, { maxNewTokens: 9, ...settings, rng: new Rng(5) });
  const rng = new Rng(5);
  const draw = (logits: number[]) => sample(logits, { ...settings, rng });
  expect(made).toEqual(await wanted(model, PROMPT, 6, draw));
});

test("the same seed gives the same text, another seed another", async () => {
  const model = modelOf();
  const text = (seed: number) =>
    generate(model, PROMPT, { maxNewTokens: 9, temperature: 3, rng: new Rng(seed) });
  expect(await text(5)).toEqual(await text(5));
  expect(await text(5)).not.toEqual(await text(6));
});

test("topK 1 is greedy at any temperature", async () => {
  const model = modelOf();
  const options = { maxNewTokens: 9, temperature: 5, topK: 1, rng: new Rng(1) };
  expect(await generate(model, PROMPT, options)).toEqual(await generate(model, PROMPT, greedy));
});

test("tells each token as it is chosen, and leaves the prompt as it was", async () => {
  const told: number[] = [];
  const prompt = [...PROMPT];
  const made = await generate(modelOf(), prompt, { ...greedy, onToken: (id) => told.push(id) });
  expect(told).toEqual(made);
  expect(prompt).toEqual(PROMPT);
});

test("no tokens asked, none made", async () => {
  expect(await generate(modelOf(), PROMPT, { ...greedy, maxNewTokens: 0 })).toEqual([]);
});

test("sinusoidal positions end at the model's maxLen all the same", async () => {
  const model = modelOf({ positional: "sinusoidal" });
  expect(await generate(model, PROMPT, greedy)).toEqual(await wanted(model, PROMPT, 6, likeliest));
});

test("where a model has no end the context needs one", async () => {
  const parts = { ...modelOf({ positional: "sinusoidal" }), maxLen: undefined };
  const model = new CausalLanguageModel(parts, null);
  await expect(generate(model, PROMPT, greedy)).rejects.toThrow(
    new RangeError("contextLength: expected a whole number from 1, got Infinity"),
  );
  const options = { ...greedy, contextLength: 20 };
  expect(await generate(model, PROMPT, options)).toEqual(
    await wanted(model, PROMPT, 20, likeliest),
  );
});

test("refuses nonsense by name, and leaves nothing behind", async () => {
  const model = modelOf();
  const refused = (prompt: number[], options: Partial<GenerateOptions>, message: string) =>
    expect(generate(model, prompt, { ...greedy, ...options })).rejects.toThrow(
      new RangeError(message),
    );
  await expectNoLeak(async () => {
    await refused([], {}, "prompt: expected at least one token, got none");
    for (const id of [11, -1, 0.5, Number.NaN]) {
      await refused([3, id], {}, `prompt: expected whole numbers in [0, 11), got ${id}`);
    }
    await refused(
      PROMPT,
      { maxNewTokens: -1 },
      "maxNewTokens: expected a whole number from 0, got -1",
    );
    await refused(
      PROMPT,
      { contextLength: 0 },
      "contextLength: expected a whole number from 1, got 0",
    );
    await refused(PROMPT, { contextLength: 7 }, "contextLength: expected at most 6, got 7");
    await refused(PROMPT, { temperature: -1 }, "temperature: expected a number from 0, got -1");
    await refused(PROMPT, { topK: 0 }, "topK: expected a whole number from 1, got 0");
  });
});

test("leaves nothing behind, also where onToken throws or the weights are broken", async () => {
  const [model, broken] = [modelOf(), modelOf()];
  const nan = zeros([8, 11]).bufferSync();
  nan.set(Number.NaN, 0, 0);
  broken.head?.kernel.assign(nan.toTensor());
  await expectNoLeak(async () => {
    await generate(model, PROMPT, greedy);
    const onToken = () => {
      throw new Error("stop");
    };
    await expect(generate(model, PROMPT, { ...greedy, onToken })).rejects.toThrow("stop");
    await expect(generate(broken, PROMPT, greedy)).rejects.toThrow(
      "logits: expected numbers, got NaN",
    );
  });
});
