import { tensor2d, tensor3d, zeros } from "@tensorflow/tfjs-core";
import { Rng, stateOf } from "@tx/core";
import { expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import {
  CausalLanguageModel,
  type GenerateOptions,
  generate,
  generateStream,
  type NextTokenModel,
  penalizeRepetition,
  sample,
} from "./index";
import { modelOf } from "./testing/model-of";

const PROMPT = [3, 1, 4];

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
    await refused(PROMPT, { topP: 2 }, "topP: expected a number in (0, 1], got 2");
    await refused(
      PROMPT,
      { repetitionPenalty: 0 },
      "repetitionPenalty: expected a positive number, got 0",
    );
    await refused(PROMPT, { endToken: 11 }, "endToken: expected whole numbers in [0, 11), got 11");
    await refused(
      PROMPT,
      { stopSequences: [[1], []] },
      "stopSequences[1]: expected at least one token, got none",
    );
    await refused(PROMPT, { topK: 0 }, "topK: expected a whole number from 1, got 0");
  });
});

test("ends with the end token or a stop sequence, which it keeps", async () => {
  const model = modelOf();
  const all = await generate(model, PROMPT, greedy);
  const [endToken, after] = [all[3]!, all[5]!];
  const until = (id: number) => all.slice(0, all.indexOf(id) + 1);
  expect(await generate(model, PROMPT, { ...greedy, endToken })).toEqual(until(endToken));
  const stopSequences = [[after, after, after, after], all.slice(2, 5)];
  expect(await generate(model, PROMPT, { ...greedy, stopSequences })).toEqual(all.slice(0, 5));
  // One that begins in the prompt is none.
  const early = { ...greedy, stopSequences: [[4, ...all.slice(0, 2)]] };
  expect(await generate(model, PROMPT, early)).toEqual(all);
});

test("a repetition penalty counts the prompt and what was made", async () => {
  const model = modelOf();
  const penalty = 3;
  const ids = [...PROMPT];
  const choose = (logits: number[]) => {
    const id = likeliest([...penalizeRepetition(logits, ids, penalty)]);
    ids.push(id);
    return id;
  };
  const made = await generate(model, PROMPT, { ...greedy, repetitionPenalty: penalty });
  expect(made).toEqual(await wanted(model, PROMPT, 6, choose));
  expect(made).not.toEqual(await generate(model, PROMPT, greedy));
});

test("filters go through to sample", async () => {
  const model = modelOf();
  const settings = { temperature: 3, topP: 0.8, minP: 0.1 };
  const made = await generate(model, PROMPT, { maxNewTokens: 9, ...settings, rng: new Rng(5) });
  const rng = new Rng(5);
  const draw = (logits: number[]) => sample(logits, { ...settings, rng });
  expect(made).toEqual(await wanted(model, PROMPT, 6, draw));
});

test("a stream gives the same tokens, and frees everything once it is left", async () => {
  const model = modelOf();
  const all = await generate(model, PROMPT, greedy);
  await expectNoLeak(async () => {
    const got: number[] = [];
    for await (const id of generateStream(model, PROMPT, greedy)) {
      got.push(id);
      if (got.length === 4) break;
    }
    expect(got).toEqual(all.slice(0, 4));
    // Never begun: nothing was taken.
    generateStream(model, PROMPT, greedy);
  });
  expect(() => generateStream(model, [], greedy)).toThrow(
    new RangeError("prompt: expected at least one token, got none"),
  );
});

test("a signal ends it with its reason, and nothing is left behind", async () => {
  const model = modelOf();
  await expectNoLeak(async () => {
    const [before, within] = [new AbortController(), new AbortController()];
    before.abort(new Error("enough"));
    const told: number[] = [];
    const run = (control: AbortController) =>
      generate(model, PROMPT, {
        ...{ ...greedy, signal: control.signal },
        onToken: (id) => {
          told.push(id);
          if (told.length === 3) control.abort(new Error("three"));
        },
      });
    await expect(run(before)).rejects.toThrow("enough");
    expect(told).toEqual([]);
    await expect(run(within)).rejects.toThrow("three");
    expect(told).toHaveLength(3);
  });
});

test("a decoder of one's own needs no more than the contract", async () => {
  const table = [2, 0, 1].map((next) => [0, 1, 2].map((id) => (id === next ? 5 : 0)));
  const model: NextTokenModel = {
    ...{ vocabSize: 3, maxLen: Infinity },
    newCaches: () => [],
    forward: (ids) => tensor3d([[...ids.dataSync()].map((id) => table[id]!)]),
  };
  const options = { ...greedy, maxNewTokens: 4, contextLength: 9 };
  expect(await generate(model, [0], options)).toEqual([2, 1, 0, 2]);
});

test("leaves nothing behind, also where onToken throws or the weights are broken", async () => {
  const [model, broken] = [modelOf(), modelOf()];
  const nan = zeros([8, 11]).bufferSync();
  nan.set(Number.NaN, 0, 0);
  stateOf(broken).get("head.kernel")!.assign(nan.toTensor());
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
