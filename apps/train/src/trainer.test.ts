import { expectNoLeak } from "@tx/testing";
import { CharTokenizer } from "@tx/training";
import { afterEach, describe, expect, it } from "vitest";
import { type Config, defaults } from "./config";
import { evaluate } from "./evaluate";
import type { RunState, SavedRun } from "./run-folder";
import { scheduleOf, Trainer } from "./trainer";

const config: Config = {
  ...defaults,
  ...{ steps: 9, batch: 3, length: 5, layers: 2, heads: 2, dModel: 6, dFF: 7, dropout: 0.2 },
};
const ids = Int32Array.from({ length: 211 }, (_, i) => (i * i) % 11);
const made: Trainer[] = [];
afterEach(() => {
  for (const trainer of made.splice(0)) trainer.dispose();
});

function create(values: Partial<Config> = {}): Trainer {
  const trainer = Trainer.create({ ...config, ...values }, 11);
  made.push(trainer);
  return trainer;
}

async function losses(trainer: Trainer, steps: number) {
  const told = [];
  for (let step = 0; step < steps; step++) told.push(await trainer.step(ids));
  return told;
}

async function savedRun(trainer: Trainer): Promise<SavedRun> {
  const { random, ...files } = await trainer.save();
  const state: RunState = {
    version: 1,
    ...{ step: trainer.steps, evaluatedStep: 0, maxLen: 5, random, metricsBytes: 0 },
    backend: { name: "cpu", device: "" },
    text: { characters: 0, sha256: "" },
  };
  return { config, vocabulary: CharTokenizer.of("a"), state, ...files };
}

describe("Trainer", () => {
  it("gives the same losses for the same seed, others for another", async () => {
    const first = await losses(create(), 4);
    expect(await losses(create(), 4)).toEqual(first);
    expect(await losses(create({ seed: 2 }), 4)).not.toEqual(first);
  });

  it.each(["learned", "sinusoidal"] as const)(
    "goes on bit for bit from what it saved, dropout and all, with %s positions",
    async (positional) => {
      const whole = create({ positional });
      const expected = await losses(whole, 9);
      const before = create({ positional });
      const first = await losses(before, 4);
      const after = Trainer.load(await savedRun(before), { ...config, positional });
      made.push(after);
      expect(after.steps).toBe(4);
      expect([...first, ...(await losses(after, 5))]).toEqual(expected);
      expect(await after.save()).toEqual(await whole.save());
    },
  );

  it("keeps no tensor from step to step, and none in the end", async () => {
    await expectNoLeak(async () => {
      const trainer = Trainer.create(config, 11);
      await losses(trainer, 2);
      await expectNoLeak(async () => {
        await losses(trainer, 3);
        await evaluate(trainer.model, [ids.subarray(0, 6), ids.subarray(5, 11)]);
        await trainer.save();
      });
      trainer.dispose();
    });
  });

  it("names the saved file that does not fit", async () => {
    const run = await savedRun(create());
    const cut = { ...run, optimizer: run.optimizer.subarray(0, -4) };
    expect(() => Trainer.load(cut, config)).toThrow(/^resume: optimizer\.safetensors: expected/);
    const swapped = { ...run, model: run.optimizer };
    expect(() => Trainer.load(swapped, config)).toThrow(/^resume: model\.safetensors: expected/);
  });
});

describe("evaluate", () => {
  it("is the mean over all pieces and the same each time, in spite of dropout", async () => {
    const { model } = create();
    const windows = Array.from({ length: 40 }, (_, i) => ids.subarray(5 * i, 5 * i + 6));
    const each = [];
    for (const window of windows) each.push((await evaluate(model, [window]))!);
    const mean = each.reduce((sum, loss) => sum + loss) / each.length;
    expect(await evaluate(model, windows)).toBeCloseTo(mean, 5);
  });

  it("gives up when it is stopped", async () => {
    expect(await evaluate(create().model, [ids.subarray(0, 6)], () => true)).toBeNull();
  });
});

describe("scheduleOf", () => {
  it.each(["cosine", "noam"] as const)(
    "rises to the config's rate after the warmup: %s",
    (kind) => {
      const schedule = scheduleOf({ ...config, schedule: kind, steps: 100, warmup: 10 });
      const rates = Array.from({ length: 100 }, (_, i) => schedule(i + schedule.firstStep));
      expect(Math.max(...rates)).toBeCloseTo(config.rate, 12);
      expect(schedule(10)).toBeCloseTo(config.rate, 12);
      expect(rates.at(-1)!).toBeLessThan(config.rate / 2);
    },
  );
});
