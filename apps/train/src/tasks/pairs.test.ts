import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Rng } from "@tx/core";
import { afterAll, describe, expect, it } from "vitest";
import { type Config, defaults } from "../config/config";
import { buildModel } from "../parts/build-model";
import { loadTask } from "./load-task";
import { drawNumber, inWords, isHeldOut, languages } from "./numbers";

const folder = await mkdtemp(join(tmpdir(), "tx-pairs-"));
afterAll(() => rm(folder, { recursive: true }));
const config: Config = {
  ...defaults,
  ...{ task: "reverse", batch: 5, length: 4, symbols: 7, layers: 1, heads: 2, dModel: 8 },
};

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

describe("translation", () => {
  it("says numbers in two languages, a tenth of them held out", async () => {
    const task = await loadTask({ ...config, task: "translate", largest: 999 });
    expect(task.facts.map((fact) => fact.join(": "))).toContain(
      "task: numbers to 999 in words, en-US to fr-FR",
    );
    const { labels } = task.example(40);
    expect(labels.join(" ")).toMatch(/hundred .* → .*cent/);
    const again = await loadTask(
      { ...config, task: "translate", largest: 999 },
      { name: "run", saved: task.saved },
    );
    expect(again.draw(new Rng(1))).toEqual(task.draw(new Rng(1)));
  });

  it("reads parallel lines of a file, and refuses what is none", async () => {
    const path = join(folder, "pairs.txt");
    const lines = Array.from({ length: 20 }, (_, n) => `yes ${n}\tja ${n}`);
    await writeFile(path, lines.join("\n"));
    const task = await loadTask({ ...config, task: "translate", pairs: path });
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
