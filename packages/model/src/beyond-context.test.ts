import { memory } from "@tensorflow/tfjs-core";
import { Rng } from "@tx/core";
import { transformerXL } from "@tx/positional";
import { expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import {
  type BeyondContext,
  type GenerateOptions,
  generate,
  generateBatch,
  generateBatchStream,
  generateBeams,
  generateStream,
  type NextTokenModel,
} from "./index";
import { modelOf } from "./testing/model-of";

const PROMPT = [3, 1, 4];
const LONG = [5, 9, 2, 6, 5, 3, 5, 8, 9, 7];

test("refuses at once what would get longer than the context, before anything is computed", async () => {
  const model = modelOf({ maxLen: 9 });
  const refuse = { temperature: 0, rng: new Rng(1), beyondContext: "refuse" } as const;
  const fits = { ...refuse, maxNewTokens: 6 };
  const same = await generate(model, PROMPT, { ...fits, beyondContext: "slide" });
  expect(await generate(model, PROMPT, fits)).toEqual(same);
  const before = memory().numTensors;
  const message =
    "maxNewTokens: expected at most 6 after prompt, whose 3 tokens and they must fit the context of 9, got 7";
  expect(() => generateStream(model, PROMPT, { ...refuse, maxNewTokens: 7 })).toThrow(
    new RangeError(message),
  );
  await expect(
    generateBeams(model, PROMPT, { beams: 2, maxNewTokens: 7, beyondContext: "refuse" }),
  ).rejects.toThrow(new RangeError(message));
  expect(() =>
    generateBatchStream(model, [[1], LONG.slice(0, 8)], { ...refuse, maxNewTokens: 2 }),
  ).toThrow(
    new RangeError(
      "maxNewTokens: expected at most 1 after prompts[1], whose 8 tokens and they must fit the context of 9, got 2",
    ),
  );
  expect(() => generateStream(model, LONG, { ...refuse, maxNewTokens: 0 })).toThrow(
    new RangeError("prompt: expected at most 9 tokens, the context, got 10"),
  );
  expect(() => generateStream(model, PROMPT, { ...fits, contextLength: 8 })).toThrow(
    "maxNewTokens: expected at most 5 after prompt",
  );
  expect(memory().numTensors).toBe(before);
});

test("refuses a memory where there is none, and what is no way, by name", async () => {
  const none =
    'beyondContext: expected "slide" or "refuse" with a model that keeps no memory, got "memory"';
  const unknown = 'beyondContext: expected "slide", "memory" or "refuse", got "grow"';
  const bare = { ...{ vocabSize: 3, maxLen: 9, memoryLen: 2 }, newCaches: () => [] };
  const models: NextTokenModel[] = [
    modelOf(),
    modelOf({
      layers: 2,
      positional: transformerXL({ dModel: 8, heads: 2, headDim: 4, layers: 2, rng: new Rng(4) }),
    }),
    { ...bare, forward: (text) => text as never },
  ];
  await expectNoLeak(async () => {
    for (const model of models) {
      for (const [beyondContext, message] of [
        ["memory", none],
        ["grow", unknown],
      ]) {
        const asked = { beyondContext: beyondContext as BeyondContext };
        const options: GenerateOptions = { maxNewTokens: 3, rng: new Rng(1), ...asked };
        await expect(generate(model, [1], options)).rejects.toThrow(new RangeError(message));
        await expect(generateBatch(model, [[1]], options)).rejects.toThrow(new RangeError(message));
        await expect(
          generateBeams(model, [1], { beams: 2, maxNewTokens: 3, ...asked }),
        ).rejects.toThrow(new RangeError(message));
      }
    }
  });
});
