import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dispose, type Tensor2D } from "@tensorflow/tfjs-core";
import { Rng } from "@tx/core";
import { expectNoLeak } from "@tx/testing";
import { rowsTensor } from "@tx/training";
import { afterAll, describe, expect, it } from "vitest";
import { type Config, defaults } from "../config/config";
import { attentions, residuals, scores } from "../parts/blocks";
import { buildModel, type Model } from "../parts/build-model";
import { namesOf } from "../parts/part";
import { positionals } from "../parts/positionals";
import { Trainer } from "../training/trainer";
import { encoderDecoderPairs } from "./encoder-decoder-pairs";
import { loadTask } from "./load-task";
import { drawNumber, inWords, isHeldOut, languages } from "./numbers";

const folder = await mkdtemp(join(tmpdir(), "tx-pairs-"));
afterAll(() => rm(folder, { recursive: true }));
const config: Config = {
  ...defaults,
  ...{ task: "reverse", batch: 5, length: 4, symbols: 7, layers: 1, heads: 2, dModel: 8 },
};

const decoder = { model: "decoder" };

describe("probes", () => {
  it.each([
    ["copy", (source: number[]) => source],
    ["reverse", (source: number[]) => [...source].reverse()],
    ["sort", (source: number[]) => [...source].sort()],
  ])("asks for the answer and the end alone: %s", async (name, answer) => {
    const task = await loadTask({ ...config, task: name });
    expect(task.vocabSize).toBe(9);
    const [inputs, labels] = task.draw(new Rng(3));
    const width = inputs!.shape[1];
    expect(labels!.shape).toEqual(inputs!.shape);
    for (let row = 0; row < 5; row++) {
      const of = ({ values }: { values: Int32Array }) => [
        ...values.subarray(row * width, (row + 1) * width),
      ];
      const [read, asked] = [of(inputs!), of(labels!)];
      const size = read.indexOf(7);
      const source = read.slice(0, size);
      expect(read.slice(size, 2 * size + 1)).toEqual([7, ...answer(source)]);
      expect(asked.slice(0, 2 * size + 1)).toEqual([
        ...Array(size).fill(-100),
        ...answer(source),
        8,
      ]);
      expect(asked.slice(2 * size + 1).every((label) => label === -100)).toBe(true);
    }
  });

  it("measures loss and exact match at any length, on the same pairs each time", async () => {
    const task = await loadTask({ ...config, positional: "alibi" });
    const model = buildModel(
      { ...config, positional: "alibi" },
      { vocabSize: task.vocabSize, maxLen: task.maxLen },
      new Rng(1),
    );
    const found = (await task.evaluate(model, { tokens: 300, length: 9 }))!;
    expect(found.tokens % 10).toBe(0);
    expect([found.exactMatch, found.answers]).toEqual([0, 3]);
    expect(await task.evaluate(model, { tokens: 300, length: 9 })).toEqual(found);
    let all = "";
    const options = { tokens: 9, temperature: 1, topK: null, rng: new Rng(1) };
    for await (const piece of task.sample(model, "", options)) all += piece;
    expect(all.split("\n")).toHaveLength(5);
    expect(all).toMatch(/^\d( \d){3} → .*\((right|wrong: \d( \d){3})\)$/m);
    model.dispose();
  });
});

describe("an encoder-decoder", () => {
  const layout = encoderDecoderPairs({ start: 7, end: 8 });
  const pair = (source: number[], target: number[]) => ({
    source: Int32Array.from(source),
    target: Int32Array.from(target),
  });
  const pairs = [pair([3, 1, 4, 1], [1, 5]), pair([6, 2], [2, 0, 3])];
  const lossOf = async (model: Model, some: typeof pairs) => {
    const rows = layout.rowsOf(some).map((each) => rowsTensor(each) as Tensor2D);
    const loss = layout.loss((pass) => pass(undefined), model, ...rows);
    const [value] = await loss.data();
    dispose([loss, ...rows]);
    return value!;
  };

  it("is asked for answer and end, after the source and a mark", () => {
    expect(layout.rowsOf(pairs)).toEqual([
      { values: Int32Array.of(3, 1, 4, 1, 6, 2, 8, 8), shape: [2, 4] },
      { values: Int32Array.of(1, 1, 1, 1, 1, 1, 0, 0), shape: [2, 4] },
      { values: Int32Array.of(1, 5, 8, -100, 2, 0, 3, 8), shape: [2, 4] },
    ]);
    const { ids, labels, written, source } = layout.example(pairs[0]!, 9, String);
    expect([[...ids], labels, written, source!.labels]).toEqual([
      ...[
        [7, 1, 5],
        ["7", "1", "5"],
        ["1", "5", "8"],
        ["3", "1", "4", "1"],
      ],
    ]);
  });

  it.each(namesOf(positionals.filter(({ causal }) => !causal)))(
    "has one loss, padded or not: %s",
    async (positional) => {
      const model = buildModel(
        { ...config, ...{ model: "encoder-decoder", layers: 2, positional } },
        { vocabSize: 9, maxLen: 6 },
        new Rng(4),
      );
      // Tables that strategies keep are made before.
      await lossOf(model, pairs);
      await expectNoLeak(async () => {
        const alone = [await lossOf(model, pairs.slice(0, 1)), await lossOf(model, pairs.slice(1))];
        expect(await lossOf(model, pairs)).toBeCloseTo((3 * alone[0]! + 4 * alone[1]!) / 7, 5);
      });
      model.dispose();
    },
  );

  it.each([
    ...namesOf(residuals).map((residual) => ({ residual })),
    ...namesOf(attentions).map((attention) => ({ attention })),
    ...namesOf(scores).map((score) => ({ score })),
    { tied: false, bias: false },
  ])("is made of the same parts: %j", async (values) => {
    await expectNoLeak(async () => {
      const own = { ...config, ...values, model: "encoder-decoder" };
      const model = buildModel(own, { vocabSize: 9, maxLen: 6 }, new Rng(4));
      expect(await lossOf(model, pairs)).toBeGreaterThan(1.5);
      expect(await lossOf(model, pairs)).toBeLessThan(3);
      model.dispose();
    });
  });

  it("learns a few words, answers with them and leaves nothing behind", async () => {
    const path = join(folder, "words.txt");
    await writeFile(path, "one\tun\ntwo\tdeux\nthree\ttrois\n".repeat(10));
    const own: Config = {
      ...{ ...config, task: "translate", pairs: path, dModel: 16 },
      ...{ steps: 150, rate: 0.01, weightDecay: 0 },
    };
    const task = await loadTask(own);
    await expectNoLeak(async () => {
      const trainer = Trainer.create(own, task, task.maxLen);
      for (let step = 0; step < 90; step++) await trainer.step();
      await trainer.settle();
      const { exactMatch, answers, loss } = (await task.evaluate(trainer.model, { tokens: 400 }))!;
      expect([exactMatch, answers]).toEqual([1, 3]);
      expect(loss).toBeLessThan(0.1);
      const options = { tokens: 9, temperature: 1, topK: null, rng: new Rng(1) };
      const pieces: string[] = [];
      for await (const piece of task.sample(trainer.model, "two", options)) pieces.push(piece);
      expect(pieces).toEqual(["two → deux"]);
      trainer.dispose();
    });
  }, 120_000);
});

describe("translation", () => {
  it("says numbers in two languages, a tenth of them held out", async () => {
    const task = await loadTask({ ...config, ...decoder, task: "translate", largest: 999 });
    expect(task.facts.map((fact) => fact.join(": "))).toContain(
      "task: numbers to 999 in words, en-US to fr-FR",
    );
    const { labels } = task.example(40);
    expect(labels.join(" ")).toMatch(/hundred .* → .*cent/);
    const both = await loadTask({ ...config, task: "translate", largest: 999 });
    const { source, written } = both.example(40);
    expect(source!.labels.join(" ")).toContain("hundred");
    expect(written!.join(" ")).toMatch(/cent.* end$/);
    expect(both.maxLen).toBeLessThan(task.maxLen);
    const again = await loadTask(
      { ...config, ...decoder, task: "translate", largest: 999 },
      { name: "run", saved: task.saved },
    );
    expect(again.draw(new Rng(1))).toEqual(task.draw(new Rng(1)));
  });

  it("reads parallel lines of a file, and refuses what is none", async () => {
    const path = join(folder, "pairs.txt");
    const lines = Array.from({ length: 20 }, (_, n) => `yes ${n}\tja ${n}`);
    await writeFile(path, lines.join("\n"));
    const task = await loadTask({ ...config, ...decoder, task: "translate", pairs: path });
    expect(task.facts).toContainEqual(["held out", "the last 2 pairs"]);
    expect(task.example(9).labels.join("")).toBe("yes18→ja18");
    await writeFile(path, "yes\tja\nno");
    await expect(loadTask({ ...config, task: "translate", pairs: path })).rejects.toThrow(
      `pairs: expected source and target with one tab between in each line, got "no" in line 2 of ${path}`,
    );
    await writeFile(path, "yes\tja\n");
    await expect(loadTask({ ...config, task: "translate", pairs: path })).rejects.toThrow(
      `pairs: expected at least 10 lines, got 1 in ${path}`,
    );
  });
});

describe("numbers", () => {
  it("are said in any language that there is", async () => {
    expect((await inWords("de-DE", "--to"))(21)).toBe("einundzwanzig");
    expect(languages().length).toBeGreaterThan(60);
    await expect(inWords("de", "--to")).rejects.toThrow(
      '--to: expected a language of n2words such as en-US, got "de" (did you mean de-DE?)',
    );
  });

  it("are drawn by their number of digits, held out or not", () => {
    const rng = new Rng(1);
    const drawn = Array.from({ length: 3000 }, () => drawNumber(99_999, false, rng));
    expect(drawn.some(isHeldOut)).toBe(false);
    expect(Math.max(...drawn)).toBeLessThanOrEqual(99_999);
    expect(drawn.filter((number) => number < 10).length).toBeGreaterThan(500);
    expect(isHeldOut(drawNumber(99_999, true, rng))).toBe(true);
    const share =
      Array.from({ length: 10_000 }, (_, n) => n + 100).filter(isHeldOut).length / 10_000;
    expect(share).toBeCloseTo(0.1, 1);
  });
});
