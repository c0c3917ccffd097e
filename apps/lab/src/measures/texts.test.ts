import { Rng } from "@tx/core";
import { expect, test } from "vitest";
import { mean } from "../experiment/statistics";
import { Chain } from "./chain";
import {
  bestNats,
  drawSentence,
  isSentence,
  LONGEST,
  MASK,
  STOP,
  textRows,
  vocabulary,
} from "./cloze";
import { clozeRows } from "./cloze-rows";
import { bothLanguages, tasks } from "./translation";

const idsOf = (sentence: string) => sentence.split(" ").map((word) => vocabulary.indexOf(word));

test("a chain's own chances are those by which it draws", () => {
  const chain = new Chain({ vocabSize: 3, lags: [1, 2], rng: new Rng(1) });
  const { values, nats, shape } = chain.rows(1, 20_000, new Rng(2));
  expect(shape).toEqual([1, 20_000]);
  // The chance that a token was drawn with, beside how often it came after the same two.
  const seen = new Map<string, { count: number; nats: number }>();
  const before = new Map<string, number>();
  for (let n = 2; n < values.length; n++) {
    const context = `${values[n - 1]},${values[n - 2]}`;
    before.set(context, (before.get(context) ?? 0) + 1);
    const key = `${context},${values[n]}`;
    seen.set(key, { count: (seen.get(key)?.count ?? 0) + 1, nats: nats[n]! });
  }
  expect(before.size).toBe(9);
  for (const [key, { count, nats: own }] of seen) {
    const share = count / before.get(key.slice(0, key.lastIndexOf(",")))!;
    expect(Math.abs(share - Math.exp(-own))).toBeLessThan(0.1);
  }
  // Nothing leads to the first two.
  expect(nats[0]).toBeCloseTo(Math.log(3), 6);
  expect(nats[1]).toBeCloseTo(Math.log(3), 6);
});

test("a chain with another lag and the same seed is another text, the same one the same", () => {
  const rowsOf = (lags: number[]) =>
    new Chain({ vocabSize: 5, lags, rng: new Rng(1) }).rows(2, 30, new Rng(2)).values;
  expect(rowsOf([1, 3])).toEqual(rowsOf([1, 3]));
  expect(rowsOf([1, 3])).not.toEqual(rowsOf([1, 2]));
  expect(() => new Chain({ vocabSize: 1, lags: [1], rng: new Rng(1) })).toThrow("vocabSize");
  expect(() => new Chain({ vocabSize: 2, lags: [0], rng: new Rng(1) })).toThrow("lags");
});

test("sentences are drawn by the grammar, and others are none", () => {
  const rng = new Rng(1);
  for (let n = 0; n < 200; n++) {
    const sentence = drawSentence(rng);
    expect(isSentence(sentence)).toBe(true);
    expect(sentence.length).toBeLessThanOrEqual(LONGEST);
  }
  expect(isSentence(idsOf("some young cats see the dog ."))).toBe(true);
  for (const wrong of ["the cat see the dog .", "a cats see the dog .", "the cat sees the dog"]) {
    expect(isSentence(idsOf(wrong))).toBe(false);
  }
});

test("the best guess counts the patterns that fit", () => {
  const sentence = idsOf("the cat sees some old dogs .");
  const nats = (place: number, shown: (n: number) => boolean, whole: boolean) =>
    bestNats(sentence, place, shown, whole);
  const before = (place: number) => nats(place, (n) => n < place, false);
  // "the" goes with one and with several: a half of each, so a half of all.
  expect(before(0)).toBeCloseTo(Math.log(2), 12);
  // A noun comes next in a half of all, with its number in a half of those, one of six.
  expect(before(1)).toBeCloseTo(Math.log(24), 12);
  // The number of the noun is known: one of four verbs.
  expect(before(2)).toBeCloseTo(Math.log(4), 12);
  expect(before(6)).toBeCloseTo(0, 12);
  // With the noun hidden the verb tells its number.
  expect(nats(1, (n) => n !== 1, true)).toBeCloseTo(Math.log(6), 12);
  expect(nats(4, (n) => n !== 4, true)).toBeCloseTo(Math.log(4), 12);
});

test("nats of a text are what its words cost, sentence after sentence", () => {
  const { values, nats, shape } = textRows(3, 17, new Rng(4));
  expect(shape).toEqual([3, 17]);
  expect(values[0]).toBe(STOP);
  expect(nats[0]).toBe(0);
  const text = [...values.subarray(1, 17)];
  const first = text.slice(0, text.indexOf(STOP!) + 1);
  expect(isSentence(first)).toBe(true);
  const costs = first.map((_, place) => bestNats(first, place, (n) => n < place, false));
  expect(costs.map(Math.fround)).toEqual([...nats.subarray(1, 1 + first.length)]);
});

test("a cloze asks for some words, hides them or not, and pads the rest", () => {
  const shares = { probability: 0.4, maskShare: 1, randomShare: 0 };
  const rows = clozeRows({ sentences: 20, ...shares, rng: new Rng(2) });
  let asked = 0;
  for (let n = 0; n < 20 * LONGEST; n++) {
    const [word, label] = [rows.words.values[n]!, rows.labels.values[n]!];
    const isAsked = label !== -100;
    asked += Number(isAsked);
    expect(rows.visible.values[n]).toBe(word === 0 ? 0 : 1);
    expect(rows.shown.values[n]).toBe(word === 0 || isAsked ? 0 : 1);
    expect(rows.inputs.values[n]).toBe(isAsked ? MASK : word);
    if (isAsked) expect(label).toBe(word);
  }
  expect(asked).toBeGreaterThan(20);
  expect(rows.best).toBeGreaterThan(0.5);
  expect(rows.best).toBeLessThan(Math.log(vocabulary.length));
});

test("words of a translation come from the digits that they name", () => {
  const words = (tokens: readonly number[]) => tokens.map((token) => bothLanguages[token]);
  const [numbers, reverse, copy] = tasks;
  for (const task of tasks) {
    const { source, target, from } = task.draw(6, new Rng(3));
    expect(source).toHaveLength(6);
    expect(from).toHaveLength(target.length);
  }
  const { source, target, from } = reverse!.draw(4, new Rng(5));
  const names = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
  for (const [place, word] of words(target).entries()) {
    expect(from[place]).toBe(3 - place);
    expect(word).toBe(names[Number(bothLanguages[source[3 - place]!])]);
  }
  expect(copy!.draw(3, new Rng(1)).from).toEqual([0, 1, 2]);
  const number = numbers!.draw(2, new Rng(7));
  expect(words(number.target)).toHaveLength(3);
  expect(words(number.target)[1]).toBe("and");
  expect(number.from).toEqual([1, undefined, 0]);
  expect(bothLanguages.includes("undefined")).toBe(false);
  expect(mean(number.target.map((token) => Number(token > 10)))).toBe(1);
});
