import { tensor2d } from "@tensorflow/tfjs-core";
import { Rng } from "@tx/core";
import { expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import { beamSearch, type GenerateBeamsOptions, generate, generateBeams } from "./index";
import { logSoftmax } from "./log-softmax";
import { modelOf } from "./testing/model-of";

const PROMPT = [3, 1, 4];

test.each([
  ["with all in its context", {}],
  ["past its context", { contextLength: 4 }],
])("finds with caches what whole forwards find: %s", async (_, context) => {
  const model = modelOf({ maxLen: 9 });
  const options = { beams: 3, maxNewTokens: 6, endToken: 7, lengthPenalty: 1, ...context };
  const found = await generateBeams(model, PROMPT, options);
  const { contextLength = 9 } = context as GenerateBeamsOptions;
  const wanted = await beamSearch(({ texts }) => {
    const rows = texts.map(async (text) => {
      const read = [...PROMPT, ...text].slice(-contextLength);
      const logits = await model.forward(tensor2d([read], undefined, "int32")).array();
      return logSoftmax(logits[0]!.at(-1)!);
    });
    return Promise.all(rows);
  }, options);
  expect(found.map(({ ids, ended }) => ({ ids, ended }))).toEqual(
    wanted.map(({ ids, ended }) => ({ ids, ended })),
  );
  for (const [n, { score }] of found.entries()) expect(score).toBeCloseTo(wanted[n]!.score, 4);
});

test("one beam without an end takes the likeliest", async () => {
  const model = modelOf();
  const [found] = await generateBeams(model, PROMPT, { beams: 1, maxNewTokens: 5 });
  const options = { maxNewTokens: 5, temperature: 0, rng: new Rng(1) };
  expect(found!.ids).toEqual(await generate(model, PROMPT, options));
});

test("refuses nonsense by name, ends by a signal, and leaves nothing behind", async () => {
  const model = modelOf();
  const all = { beams: 2, maxNewTokens: 5 };
  const refused = (prompt: number[], options: Partial<GenerateBeamsOptions>, message: string) =>
    expect(generateBeams(model, prompt, { ...all, ...options })).rejects.toThrow(
      new RangeError(message),
    );
  await expectNoLeak(async () => {
    await generateBeams(model, PROMPT, all);
    await refused([], {}, "prompt: expected at least one token, got none");
    await refused(PROMPT, { endToken: 11 }, "endToken: expected whole numbers in [0, 11), got 11");
    await refused(PROMPT, { contextLength: 7 }, "contextLength: expected at most 6, got 7");
    await refused(PROMPT, { beams: 0 }, "beams: expected a whole number from 1, got 0");
    const control = new AbortController();
    const going = generateBeams(model, PROMPT, { ...all, signal: control.signal });
    control.abort(new Error("enough"));
    await expect(going).rejects.toThrow("enough");
  });
});
