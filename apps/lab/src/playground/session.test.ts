import { memory } from "@tensorflow/tfjs-core";
import { useBackend } from "@tx/backend";
import { expectNoLeak } from "@tx/testing";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { feedForwards, norms, positionals, residuals, schedules } from "./parts";
import { type RunConfig, runConfigOf, runParameters, valuesOf } from "./run-config";
import { Session } from "./session";
import type { Told } from "./session-contract";
import { sums } from "./sums";

// For a loaded machine; no test is near it.
vi.setConfig({ testTimeout: 120_000 });
// Several times as fast as the backend that these tests are given.
beforeAll(async () => {
  await useBackend("simd");
});

const text = sums(60, "en");
const small: RunConfig = {
  ...runConfigOf({ layers: "1", heads: "2", dModel: "32", length: "16", batch: "4", steps: 10 }),
};
const told = async (session: Session, options: { signal?: AbortSignal; text?: string } = {}) => {
  const all: Told[] = [];
  for await (const news of session.train({ text, every: 5, sample: 3, ...options })) all.push(news);
  return all;
};
const lossesOf = (all: readonly Told[]) =>
  all.flatMap((news) => (news.kind === "steps" ? news.losses : []));

test("trains, tells of every step, and measures and writes as it goes", async () => {
  await expectNoLeak(async () => {
    const session = Session.create(text, { ...small, steps: 30 });
    const all = await told(session);
    const losses = lossesOf(all);
    expect(losses.map(([step]) => step)).toEqual(Array.from({ length: 30 }, (_, n) => n));
    expect(losses.at(-1)![1]).toBeLessThan(losses[0]![1] - 0.3);
    const evaluations = all.flatMap((news) => (news.kind === "evaluation" ? [news.point] : []));
    expect(evaluations.map(([step]) => step)).toEqual([5, 10, 15, 20, 25, 30]);
    const samples = all.flatMap((news) => (news.kind === "sample" ? [news.text] : []));
    expect(samples.map((sample) => sample.length)).toEqual(Array(6).fill(3));
    expect(session.losses).toEqual(losses);
    await session.dispose();
  });
});

test("a session that is saved half-way has the losses of one that is not", async () => {
  const config = { ...small, dropout: 0.1, steps: 12 };
  const whole = Session.create(text, config);
  const first = Session.create(text, config);
  await told(whole);
  const stop = new AbortController();
  for await (const _ of first.train({ text, every: 4, sample: 2, signal: stop.signal })) {
    if (first.steps >= 4) stop.abort();
  }
  const bytes = await first.save();
  const loaded = Session.load(bytes, "file");
  expect(loaded.steps).toBe(4);
  await told(loaded);
  expect(loaded.losses).toEqual(whole.losses);
  expect(() => Session.load(bytes.slice(0, -9), "cut.safetensors")).toThrow(/^cut\.safetensors: /);
  await Promise.all([whole, first, loaded].map((session) => session.dispose()));
});

describe("changes while it runs", () => {
  test("the rate is that of the new schedule from the next step on", async () => {
    const session = Session.create(text, { ...small, schedule: "constant", rate: 0.004, steps: 4 });
    await told(session);
    await session.change({ rate: 0.01, steps: 6 });
    const steps = (await told(session)).filter((news) => news.kind === "steps");
    expect(steps.at(-1)!.rate).toBe(0.01);
    await expect(session.change({ schedule: "none" })).rejects.toThrow(
      /^schedule: expected one of/,
    );
    expect(session.config.schedule).toBe("constant");
    await session.dispose();
  });

  test.each(positionals.map(({ value }) => value))("to positions %s", async (positional) => {
    await expectNoLeak(async () => {
      const before = positional === "learned" ? "nope" : "learned";
      const session = Session.create(text, { ...small, positional: before, steps: 4 });
      await told(session);
      await session.change({ positional, steps: 6 });
      expect(session.config.positional).toBe(positional);
      const losses = lossesOf(await told(session));
      expect(losses.map(([step]) => step)).toEqual([4, 5]);
      // Weights were kept: a fresh model's loss would be that of a guess.
      expect(losses[0]![1]).toBeLessThan(session.losses[0]![1]);
      await session.dispose();
    });
  });
});

test("attention maps of a sentence, each row adding up to 1", async () => {
  await expectNoLeak(async () => {
    const session = Session.create(text, { ...small, layers: 2, steps: 1 });
    const { characters, maps } = await session.attention("two and Ω two");
    expect(characters.join("")).toBe("two and  two");
    expect([maps.length, maps[0]!.length]).toEqual([2, 2]);
    for (const row of maps.flat().flat()) {
      expect(row).toHaveLength(12);
      expect(row.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 4);
    }
    await expect(session.attention("Ω")).rejects.toThrow(/^sentence: expected known characters/);
    await session.dispose();
  });
});

test("every part of every kind can be chosen", async () => {
  const choices: Partial<RunConfig>[] = [
    ...norms.map(({ value: norm }) => ({ norm })),
    ...feedForwards.map(({ value: feedForward }) => ({ feedForward })),
    ...residuals.map(({ value: residual }) => ({ residual })),
    ...schedules.map(({ value: schedule }) => ({ schedule })),
  ];
  for (const choice of choices) {
    const session = Session.create(text, { ...small, ...choice, steps: 2 });
    const losses = lossesOf(await told(session));
    expect(losses, JSON.stringify(choice)).toHaveLength(2);
    expect(losses.every(([, loss]) => Number.isFinite(loss))).toBe(true);
    await session.dispose();
  }
});

test("what does not suit is refused by its name, and leaves nothing behind", () => {
  const before = memory().numTensors;
  expect(() => Session.create("too short", small)).toThrow(
    /^text: expected at least 34 characters, got 9$/,
  );
  expect(() => Session.create(text, { ...small, norm: "none" })).toThrow(/^norm: expected one of/);
  expect(memory().numTensors).toBe(before);
});

test("a form's values and a run's config say the same", () => {
  expect(runConfigOf(valuesOf(small))).toEqual(small);
  expect(runParameters.map(({ name }) => name).sort()).toEqual(Object.keys(small).sort());
});
