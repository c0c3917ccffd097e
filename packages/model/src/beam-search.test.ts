import { Rng } from "@tx/core";
import { expect, test } from "vitest";
import { type BeamSearchOptions, type BeamText, beamSearch } from "./index";
import { logSoftmax } from "./log-softmax";

const END = 2;
const VOCAB = 4;

/** Logarithms of probabilities by all of the text so far. */
function tableOf(seed: number): (ids: readonly number[]) => Float64Array {
  return (ids) => {
    const rng = new Rng(ids.reduce((hash, id) => (31 * hash + id + 1) % 65521, seed));
    return logSoftmax(Array.from({ length: VOCAB }, () => 6 * rng.uniform()));
  };
}

const search = (table: ReturnType<typeof tableOf>, options: BeamSearchOptions) =>
  beamSearch(({ texts }) => texts.map(table), options);

/** Every text there is, by score. */
function everyText(
  table: ReturnType<typeof tableOf>,
  { maxNewTokens, lengthPenalty = 0.6 }: Omit<BeamSearchOptions, "beams">,
): BeamText[] {
  const texts: BeamText[] = [];
  const visit = (ids: number[], logProbability: number) => {
    const ended = ids.at(-1) === END;
    if (ended || ids.length === maxNewTokens) {
      const score = logProbability / ((5 + ids.length) / 6) ** lengthPenalty;
      texts.push({ ids, logProbability, score, ended });
      return;
    }
    table(ids).forEach((logP, id) => {
      visit([...ids, id], logProbability + logP);
    });
  };
  visit([], 0);
  return texts.sort((a, b) => b.score - a.score);
}

const plain = (texts: readonly BeamText[]) =>
  texts.map(({ ids, score, ended }) => `${ids.join("")} ${score.toFixed(9)} ${ended}`);

test.each([0, 0.6, 1, 3])(
  "with room for every text finds the best of all, alpha %d",
  async (alpha) => {
    for (const seed of [1, 2, 3]) {
      const all = { maxNewTokens: 4, lengthPenalty: alpha };
      const found = await search(tableOf(seed), { ...all, beams: 200, endToken: END });
      const wanted = everyText(tableOf(seed), all);
      const ended = wanted.filter((text) => text.ended);
      const cut = wanted.filter((text) => !text.ended);
      expect(plain(found)).toEqual(plain([...ended, ...cut]));
    }
  },
);

test("stopping early changes nothing", async () => {
  const options = { beams: 3, endToken: END, lengthPenalty: 1 };
  let saved = 0;
  for (let seed = 1; seed < 20; seed++) {
    let steps = 0;
    const table = tableOf(seed);
    const found = await beamSearch(
      ({ texts }) => {
        steps += 1;
        return texts.map(table);
      },
      { ...options, maxNewTokens: 12 },
    );
    if (steps < 12) saved += 1;
    expect(found).toHaveLength(3);
    // Every text that goes on would have to be better than any probability allows.
    const longer = await search(table, { ...options, maxNewTokens: 12, beams: 40 });
    expect(longer[0]!.score).toBeGreaterThanOrEqual(found[0]!.score);
  }
  expect(saved).toBeGreaterThan(10);
});

test("without an end all texts are as long as asked, and one beam takes the likeliest", async () => {
  const table = tableOf(5);
  const found = await search(table, { beams: 2, maxNewTokens: 3 });
  expect(found.map(({ ids, ended }) => [ids.length, ended])).toEqual([
    [3, false],
    [3, false],
  ]);
  const greedy: number[] = [];
  while (greedy.length < 3) {
    const row = [...table(greedy)];
    greedy.push(row.indexOf(Math.max(...row)));
  }
  const [one] = await search(table, { beams: 1, maxNewTokens: 3 });
  expect(one!.ids).toEqual(greedy);
});

test("tells where each text comes from", async () => {
  const steps: (readonly (readonly number[])[])[] = [];
  const table = tableOf(8);
  await beamSearch(
    ({ texts, parents }) => {
      const before = steps.at(-1) ?? [[]];
      expect(texts.map((ids) => ids.slice(0, -1))).toEqual(parents.map((n) => before[n]));
      steps.push(texts);
      return texts.map(table);
    },
    { beams: 3, maxNewTokens: 6 },
  );
  expect(steps.map((texts) => texts.length)).toEqual([1, 3, 3, 3, 3, 3]);
});

test("what is impossible is no text, and no tokens asked are one empty text", async () => {
  const only = () => [0, -Infinity, -Infinity, -Infinity];
  const found = await beamSearch(({ texts }) => texts.map(only), { beams: 3, maxNewTokens: 2 });
  expect(found).toEqual([{ ids: [0, 0], logProbability: 0, score: 0, ended: false }]);
  const none = await search(tableOf(1), { beams: 3, maxNewTokens: 0 });
  expect(none).toEqual([{ ids: [], logProbability: 0, score: 0, ended: false }]);
});

test("refuses nonsense by name", async () => {
  const refused = (options: Partial<BeamSearchOptions>, message: string) =>
    expect(search(tableOf(1), { beams: 2, maxNewTokens: 2, ...options })).rejects.toThrow(
      new RangeError(message),
    );
  await refused({ beams: 0 }, "beams: expected a whole number from 1, got 0");
  await refused({ maxNewTokens: -1 }, "maxNewTokens: expected a whole number from 0, got -1");
  await refused({ endToken: 0.5 }, "endToken: expected a whole number from 0, got 0.5");
  await refused({ lengthPenalty: -1 }, "lengthPenalty: expected a number from 0, got -1");
  const answers = (rows: number[][], message: string) =>
    expect(beamSearch(() => rows, { beams: 2, maxNewTokens: 2 })).rejects.toThrow(
      new RangeError(message),
    );
  await answers([], "next: expected 1 rows, got 0");
  await answers([[0, Number.NaN]], "next: expected numbers, got NaN");
});
