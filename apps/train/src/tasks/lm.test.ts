import { Rng } from "@tx/core";
import { describe, expect, it } from "vitest";
import { type Config, defaults } from "../config/config";
import { buildModel } from "../parts/build-model";
import { vocabularyOf } from "../tokens/vocabularies";
import { languageModelling } from "./lm";

const config: Config = { ...defaults, batch: 3, length: 5, layers: 1, heads: 2, dModel: 8 };
const text = { name: "text", content: "the whale and the sea. ".repeat(40) };
const vocabulary = await vocabularyOf(text.content, { tokenizer: "character", words: 9 });
const task = languageModelling(config, text, vocabulary);
const model = buildModel(config, { vocabSize: task.vocabSize, maxLen: 5 }, new Rng(1));

describe("languageModelling", () => {
  it("draws pieces with one more token than the length, out of the first nine tenths", () => {
    const [rows] = task.draw(new Rng(1));
    expect(rows!.shape).toEqual([3, 6]);
    expect(text.content).toContain(vocabulary.decode(rows!.values.subarray(0, 6)));
  });

  it("measures the same each time, in spite of dropout, and weighs all tokens alike", async () => {
    const found = (await task.evaluate(model, { tokens: 85 }))!;
    expect(found.tokens).toBe(85);
    expect(await task.evaluate(model, { tokens: 85 })).toEqual(found);
    expect(found.loss).toBeCloseTo(Math.log(vocabulary.vocabSize), 0);
  });

  it("measures at other lengths, up to what is held out", async () => {
    expect((await task.evaluate(model, { tokens: 12, length: 3 }))!.tokens).toBe(12);
    await expect(async () => task.evaluate(model, { tokens: 9, length: 92 })).rejects.toThrow(
      "length: expected at most 91, what is held out, got 92",
    );
  });

  it("gives up when it is stopped", async () => {
    expect(await task.evaluate(model, { tokens: 85, stopped: () => true })).toBeNull();
  });

  it("refuses a text that is too short for the length", () => {
    expect(() => languageModelling({ ...config, length: 92 }, text, vocabulary)).toThrow(
      "text: expected at least length + 1 = 93 characters in the last tenth, got 92 in text",
    );
  });

  it("writes on from a prompt, the same for the same seed", async () => {
    const written = async () => {
      let all = "";
      const options = { tokens: 20, temperature: 1, topK: 3, rng: new Rng(7) };
      for await (const piece of task.sample(model, "the", options)) all += piece;
      return all;
    };
    expect(await written()).toMatch(/^the.{20}$/s);
    expect(await written()).toBe(await written());
  });
});
