import { tensor2d } from "@tensorflow/tfjs-core";
import { Rng } from "@tx/core";
import { expectNoLeak } from "@tx/testing";
import { describe, expect, it } from "vitest";
import { type Config, defaults } from "../config/config";
import { attentions, residuals, scores } from "../parts/blocks";
import { buildModel, maskedModel } from "../parts/build-model";
import { namesOf } from "../parts/part";
import { positionals } from "../parts/positionals";
import { vocabularyOf } from "../tokens/vocabularies";
import { Trainer } from "../training/trainer";
import { Blanks } from "./blanks";
import { maskedModelling } from "./mlm";

const config: Config = {
  ...defaults,
  ...{
    task: "mlm",
    batch: 4,
    length: 9,
    layers: 2,
    heads: 2,
    dModel: 16,
    positional: "learned",
  },
  ...{ steps: 400, rate: 0.01, weightDecay: 0 },
};
const text = { name: "text", content: "abcdefgh\n".repeat(60) };
const vocabulary = await vocabularyOf(text.content, { tokenizer: "character", words: 9 });
const task = maskedModelling(config, text, vocabulary);

describe("what is hidden", () => {
  it("is asked for, at other places each time in training", () => {
    const rng = new Rng(5);
    const draws = Array.from({ length: 200 }, () => task.draw(rng));
    let [asked, masked] = [0, 0];
    for (const [inputs, labels] of draws) {
      expect([inputs!.shape, labels!.shape]).toEqual([
        [4, 9],
        [4, 9],
      ]);
      for (const [n, label] of labels!.values.entries()) {
        const id = inputs!.values[n]!;
        if (label === -100) expect(id).toBeLessThan(9);
        else asked++;
        if (id === 9) masked++;
      }
    }
    expect(asked / (200 * 36)).toBeCloseTo(0.15, 1);
    expect(masked / asked).toBeCloseTo(0.8, 1);
    expect(draws[0]).not.toEqual(draws[1]);
  });

  it("is at least one token of few", () => {
    const blanks = new Blanks(vocabulary);
    const rng = new Rng(1);
    for (let n = 0; n < 50; n++) {
      const { inputs, labels } = blanks.hide(Int32Array.of(3), rng, {
        ...{ maskShare: 1, randomShare: 0 },
      });
      expect([[...inputs], [...labels]]).toEqual([[9], [3]]);
    }
  });
});

describe("a prompt", () => {
  it("has a mark for each token to fill in, with the space of the word", async () => {
    const words = await vocabularyOf("the whale is down", { tokenizer: "word", words: 9 });
    const blanks = new Blanks(words);
    const ids = blanks.read("the _ is[MASK]", 9);
    const [first, , third] = words.encode("the whale is", "text");
    expect([...ids]).toEqual([first, words.vocabSize, third, words.vocabSize]);
    const whole = words.encode("the whale is down", "text");
    expect(blanks.write(ids, whole)).toBe("the _ is _");
    expect(blanks.write(whole)).toBe("the whale is down");
  });
});

describe("the model", () => {
  it.each([
    ...namesOf(positionals.filter(({ causal }) => !causal)).map((positional) => ({ positional })),
    // ReZero begins with a stream that nothing is added to.
    ...namesOf(residuals.filter(({ name }) => name !== "rezero")).map((residual) => ({ residual })),
    ...namesOf(attentions).map((attention) => ({ attention })),
    ...namesOf(scores).map((score) => ({ score })),
    { tied: false, bias: false },
    { norm: "rms" },
  ])("sees both sides, whatever the parts: %j", async (values) => {
    const own = { ...config, ...values };
    const model = buildModel(own, { vocabSize: 10, maxLen: 9 }, new Rng(4));
    const logits = async (ids: number[]) => {
      const out = maskedModel(model).forward(tensor2d([ids], undefined, "int32"));
      return (await out.data()).slice(0, 10);
    };
    const first = await logits([1, 2, 3, 4]);
    expect(first.every(Number.isFinite)).toBe(true);
    // Without attention to what comes after, the first token would know nothing of the last.
    expect(await logits([1, 2, 3, 8])).not.toEqual(first);
    model.dispose();
  });

  it("learns to fill in, measures the same each time and leaves nothing behind", async () => {
    const letters = ["a", "b", "c"].map((letter) => letter.repeat(30)).join("");
    const content = letters.repeat(20);
    const known = await vocabularyOf(content, { tokenizer: "character", words: 9 });
    const runs = maskedModelling(config, { name: "runs", content }, known);
    await expectNoLeak(async () => {
      const trainer = Trainer.create(config, runs, runs.maxLen);
      const untrained = (await runs.evaluate(trainer.model, { tokens: 50 }))!;
      for (let step = 0; step < 120; step++) await trainer.step();
      await trainer.settle();
      const found = (await runs.evaluate(trainer.model, { tokens: 50 }))!;
      expect(await runs.evaluate(trainer.model, { tokens: 50 })).toEqual(found);
      expect(found.tokens).toBe(untrained.tokens);
      expect(found.loss).toBeLessThan(untrained.loss / 2);
      expect(found.accuracy).toBeGreaterThan(0.8);
      expect(runs.yardstick!(50).loss).toBeCloseTo(Math.log(3), 1);
      const options = { tokens: 9, temperature: 1, topK: null, rng: new Rng(1) };
      const pieces: string[] = [];
      for await (const piece of runs.sample(trainer.model, "bb_bb", options)) pieces.push(piece);
      expect(pieces).toEqual(["bbbbb"]);
      trainer.dispose();
    });
  }, 240_000);
});
