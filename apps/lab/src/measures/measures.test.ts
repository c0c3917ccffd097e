import { Rng } from "@tx/core";
import { expect, test } from "vitest";
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
