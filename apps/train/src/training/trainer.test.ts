import { memory } from "@tensorflow/tfjs-core";
import { expectNoLeak } from "@tx/testing";
import { decodeRun, encodeRun } from "@tx/training";
import { afterEach, describe, expect, it } from "vitest";
import { type Config, defaults, peakRate } from "../config/config";
import { attentions, feedForwards, norms, residuals, scores } from "../parts/blocks";
import { optimizers } from "../parts/optimizers";
import { namesOf } from "../parts/part";
import { positionals } from "../parts/positionals";
import { schedules } from "../parts/schedules";
import { languageModelling } from "../tasks/lm";
import { vocabularyOf } from "../tokens/vocabularies";
import { scheduleOf, Trainer } from "./trainer";

const config: Config = {
  ...defaults,
  ...{ steps: 9, batch: 3, length: 5, layers: 2, heads: 2, dModel: 8, dFF: 7, dropout: 0.2 },
  detailEvery: 3,
};
const text = { name: "text", content: "the whale, the sea and the ship. ".repeat(9) };
const vocabulary = await vocabularyOf(text.content, { tokenizer: "character", words: 9 });
const task = languageModelling(config, text, vocabulary);
const made: Trainer[] = [];
afterEach(() => {
  for (const trainer of made.splice(0)) trainer.dispose();
});

function create(
  values: Partial<Config> = {},
  saved?: Parameters<typeof Trainer.create>[3],
): Trainer {
  const trainer = Trainer.create({ ...config, ...values }, task, task.maxLen, saved);
  made.push(trainer);
  return trainer;
}

/** What the steps told, without what depends on the machine. */
async function told(trainer: Trainer, steps: number) {
  const all = [];
  for (let step = 0; step < steps; step++) all.push(...(await trainer.step()));
  all.push(...(await trainer.settle()));
  return all.map(({ memory: _, ...rest }) => rest);
}

describe("Trainer", () => {
  it("tells every step in order, with norms by layer now and then", async () => {
    const all = await told(create(), 6);
    expect(all.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(all.map(({ gradientNorms }) => gradientNorms !== undefined)).toEqual([
      ...[false, false, true, false, false, true],
    ]);
    const { gradientNorm, gradientNorms = {}, weightNorm } = all[2]!;
    expect(Object.keys(gradientNorms)).toEqual(
      expect.arrayContaining(["embedding", "decoder.blocks.0", "decoder.blocks.1", "decoder.norm"]),
    );
    const together = Math.hypot(...Object.values(gradientNorms));
    expect(together).toBeCloseTo(gradientNorm, 4);
    expect(weightNorm).toBeGreaterThan(1);
  });

  it("gives the same losses for the same seed, others for another", async () => {
    const first = await told(create(), 4);
    expect(await told(create(), 4)).toEqual(first);
    expect(await told(create({ seed: 2 }), 4)).not.toEqual(first);
  });

  it.each(namesOf(positionals))(
    "goes on bit for bit from what it saved, dropout and all, with %s positions",
    async (positional) => {
      const whole = create({ positional });
      const expected = await told(whole, 5);
      const before = create({ positional });
      const first = await told(before, 3);
      const after = create({ positional }, decodeRun(await encodeRun(before.run)));
      expect(after.steps).toBe(3);
      expect([...first, ...(await told(after, 2))]).toEqual(expected);
      expect(await encodeRun(after.run)).toEqual(await encodeRun(whole.run));
    },
  );

  it.each(namesOf(optimizers))("goes on bit for bit with %s", async (optimizer) => {
    const expected = await told(create({ optimizer }), 4);
    const before = create({ optimizer });
    const first = await told(before, 2);
    const after = create({ optimizer }, decodeRun(await encodeRun(before.run)));
    expect([...first, ...(await told(after, 2))]).toEqual(expected);
    expect(expected[3]!.loss).not.toBe(expected[2]!.loss);
  });

  const parts = [
    ...namesOf(attentions).map((attention) => ({ attention })),
    ...namesOf(scores).map((score) => ({ score })),
    ...namesOf(norms).map((norm) => ({ norm })),
    ...namesOf(residuals).map((residual) => ({ residual })),
    ...namesOf(feedForwards).map((ffn) => ({ ffn, dFF: null })),
    { bias: false, tied: false },
    { embedding: "unit" },
    { ffn: "moe", ffnOptions: { experts: 3, topK: 2, expert: "swiglu" }, residual: "deep" },
  ];
  it.each(parts)("learns and goes on bit for bit with %j", async (values) => {
    const expected = await told(create(values), 4);
    const before = create(values);
    const first = await told(before, 2);
    const after = create(values, decodeRun(await encodeRun(before.run)));
    expect([...first, ...(await told(after, 2))]).toEqual(expected);
    expect(expected[3]!.loss).not.toBe(expected[2]!.loss);
  });

  it("keeps no tensor from step to step, and none in the end", async () => {
    await expectNoLeak(async () => {
      const trainer = Trainer.create(config, task, task.maxLen);
      await told(trainer, 2);
      await expectNoLeak(async () => {
        await told(trainer, 4);
        await task.evaluate(trainer.model, { tokens: 20 });
        await encodeRun(trainer.run);
      });
      trainer.dispose();
    });
  });

  it("names what does not fit, and leaves no tensor", async () => {
    const saved = decodeRun(await encodeRun(create().run), "run.safetensors");
    const { numTensors } = memory();
    const wrong = (values: Partial<Config>) => () =>
      Trainer.create({ ...config, ...values }, task, 5, saved);
    expect(wrong({ dFF: 9 })).toThrow(/^resume: run\.safetensors: state: .*blocks\.0\.feedForward/);
    expect(wrong({ optimizer: "sgd" })).toThrow(/^resume: run\.safetensors: /);
    expect(wrong({ optimizerOptions: { beta1: 2 } })).toThrow(
      "--optimizer-options: beta1: expected a number in [0, 1), got 2",
    );
    expect(wrong({ positional: "rope", positionalOptions: { base: -1 } })).toThrow(
      "--positional-options: base: expected a positive number, got -1",
    );
    expect(wrong({ scheduleOptions: { minimum: -1 } })).toThrow(/^--schedule-options: minimum/);
    expect(memory().numTensors).toBe(numTensors);
  });
});

describe("scheduleOf", () => {
  it.each(namesOf(schedules))("reaches the config's rate and stays below: %s", (schedule) => {
    const rateOf = scheduleOf({ ...config, schedule, steps: 100, warmup: 10 });
    const rates = Array.from({ length: 100 }, (_, i) => rateOf(i + rateOf.firstStep));
    expect(Math.max(...rates)).toBeCloseTo(peakRate(config), 12);
    expect(rates.at(-1)!).toBeLessThanOrEqual(rates[50]!);
  });

  it.each(namesOf(schedules))("has rates for any number of steps: %s", (schedule) => {
    for (const steps of [1, 2, 3, 5, 10, 11, 1999]) {
      const rateOf = scheduleOf({ ...config, schedule, steps, warmup: null });
      for (const step of [1, steps]) {
        expect(rateOf(step)).toBeGreaterThanOrEqual(0);
        expect(rateOf(step)).toBeLessThanOrEqual(peakRate(config) * (1 + 1e-12));
      }
    }
  });
});
