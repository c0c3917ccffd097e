import { Rng } from "@tx/core";
import { expect, test } from "vitest";
import { Chain } from "./chain";
import { excessOfLast } from "./chain-lesson";
import { differenceOf, ofRuns, ranged, rangedDifference } from "./differences";
import { headDistance } from "./head-distance";
import { shapeOf } from "./raw-scores";
import { sentences, tokensOf, words } from "./small-language";
import { smoothed } from "./train-small";

test("two heads are apart by the total variation of their weights", () => {
  const [one, other] = [
    [
      [1, 0],
      [0.5, 0.5],
    ],
    [
      [1, 0],
      [0.25, 0.75],
    ],
  ];
  expect(headDistance([[one!, one!]])).toBe(0);
  expect(headDistance([[one!, other!]])).toBe(0.25);
  const [left, right] = [
    [
      [1, 0],
      [1, 0],
    ],
    [
      [1, 0],
      [0, 1],
    ],
  ];
  expect(headDistance([[left!, right!]])).toBe(1);
});

test("a symmetric matrix has no asymmetry, and its diagonal is told", () => {
  const symmetric = [
    [3, 1],
    [1, 2],
  ];
  expect(shapeOf([symmetric])).toEqual({ asymmetry: 0, diagonal: 1 });
  const turned = [
    [0, 1],
    [-1, 0],
  ];
  expect(shapeOf([turned])).toEqual({ asymmetry: Infinity, diagonal: 0.5 });
});

test("sentences agree as the grammar says", () => {
  const { values, floor } = sentences({ rows: 40, length: 29 }, new Rng(1));
  expect(values).toHaveLength(40 * 30);
  const text = Array.from({ length: 40 }, (_, row) =>
    [...values.slice(row * 30, (row + 1) * 30)].map((id) => words[id]!).join(" "),
  ).join("\n");
  expect(text).not.toMatch(/\ba (\w+ )?\w+s\b(?<!sees|likes|finds)/);
  expect(text).not.toMatch(/\b(boy|king|girl|queen|cat|dog) (see|like|find)\b/);
  expect(text).not.toMatch(/\b(boys|kings|girls|queens|cats|dogs) (sees|likes|finds)\b/);
  // After "and" a sentence is turned round.
  const turns = [
    ...text.matchAll(/(\w+) (\w+?)s? (?:the|a|some) (\w+) and the (\w+) (\w+?)s? the (\w+) \./g),
  ];
  expect(turns.length).toBeGreaterThan(3);
  for (const [, , verb, object, again, second] of turns) {
    expect([again, second]).toEqual([object, verb]);
  }
  expect(floor).toBeGreaterThan(1);
  expect(floor).toBeLessThan(Math.log(words.length));
});

test("the same seed writes the same sentences", () => {
  const [one, other] = [1, 1].map((seed) => sentences({ rows: 2, length: 9 }, new Rng(seed)));
  expect(one).toEqual(other);
  expect(sentences({ rows: 2, length: 9 }, new Rng(2)).values).not.toEqual(one!.values);
});

test("words outside the language are refused", () => {
  expect(tokensOf("the king")).toEqual([words.indexOf("the"), words.indexOf("king")]);
  expect(() => tokensOf("the duke")).toThrow("word: expected one of the language, got duke");
});

test("a curve is smoothed by means of its steps", () => {
  expect(smoothed([1, 3, 5, 7, 9], 2)).toEqual({ x: [2, 4, 5], y: [2, 6, 9] });
});

test("a difference is told only where every one of several runs is on its side", () => {
  const base = [1, 2, 3];
  const than = (more: number[]) =>
    differenceOf(
      base.map((one, run) => one + more[run]!),
      base,
    );
  expect(than([0.5, 0.25, 0.75])).toEqual({
    ...{ mean: 0.5, least: 0.25, greatest: 0.75, runs: 3, side: "above" },
  });
  expect(than([-0.5, -0.25, -0.75]).side).toBe("below");
  // However far the mean is from 0.
  expect(than([8, 8, -0.25]).side).toBe("within");
  expect(than([0, 1, 1]).side).toBe("within");
  // Two agree by chance every other time.
  expect(differenceOf([2, 3], [1, 2]).side).toBe("few");
  expect(differenceOf([2], [1]).side).toBe("few");
  expect(() => differenceOf([1, 2], [1])).toThrow("runs: expected as many of both, got 2 and 1");
  expect(rangedDifference(than([-1, 0.5, 2])).en).toBe("0.5 (−1 to 2)");
  expect(ranged([0.25, 0.75]).zh).toBe("0.5 (0.25 至 0.75)");
  expect(ranged([0.25]).en).toBe("0.25");
  expect([1, 2, 3].map((runs) => ofRuns(runs).en)).toEqual([
    "one run, so their spread is not known",
    "mean of 2 runs, in brackets the least and the greatest, too few to tell from chance",
    "mean of 3 runs, in brackets the least and the greatest",
  ]);
});

test("who knows the last token alone is as far from the best as the other token tells", () => {
  const rows = (lags: number[]) =>
    new Chain({ vocabSize: 3, lags, rng: new Rng(1) }).rows(7, 3001, new Rng(2));
  // Where nothing else counts, nothing is missed.
  expect(Math.abs(excessOfLast(rows([1]), [1]))).toBeLessThan(0.01);
  expect(excessOfLast(rows([1, 2]), [1, 2])).toBeGreaterThan(0.1);
});
