import { Rng } from "@tx/core";
import { expect, test } from "vitest";
import { type FilterOptions, filteredProbabilities } from "./index";
import { largest } from "./largest";

/** Logits on a grid, so that some are equal. */
function logitsOf(classes: number, seed: number): number[] {
  const rng = new Rng(seed);
  return Array.from({ length: classes }, () => Math.round(24 * rng.uniform() - 12) / 4);
}

/** Softmax, then each cut on the whole ordered distribution, divided by its sum in between. */
function wanted(
  logits: readonly number[],
  { temperature = 1, topK = Infinity, topP = 1, minP = 0 }: FilterOptions,
): number[] {
  const divided = (p: number[]) => {
    const total = p.reduce((sum, x) => sum + x, 0);
    return p.map((x) => x / total);
  };
  let p = divided(logits.map((x) => Math.exp(x / temperature)));
  const order = p.map((_, id) => id).sort((a, b) => p[b]! - p[a]! || a - b);
  const keep = (ids: readonly number[]) => {
    p = divided(p.map((x, id) => (ids.includes(id) ? x : 0)));
  };
  keep(order.slice(0, topK));
  if (topP < 1) {
    const before = (rank: number) => order.slice(0, rank).reduce((sum, id) => sum + p[id]!, 0);
    keep(order.filter((_, rank) => before(rank) < topP));
  }
  keep(order.filter((id) => p[id]! >= minP * p[order[0]!]!));
  return p;
}

const settings: FilterOptions[] = [
  {},
  { temperature: 0.4 },
  { topK: 5 },
  { topK: 1 },
  { topK: 99 },
  { topP: 0.83 },
  { topP: 0.3 },
  { topP: 1 },
  { topP: 1e-9 },
  { minP: 0.17 },
  { minP: 1 },
  { temperature: 1.7, topK: 11, topP: 0.77, minP: 0.3 },
  { temperature: 0.9, topP: 0.95, minP: 0.05 },
];

test.each(settings)("cuts off as the whole ordered distribution says: %o", (options) => {
  for (const seed of [1, 2, 3, 4]) {
    const logits = logitsOf(29, seed);
    const expected = wanted(logits, options);
    for (const given of [logits, Float32Array.from(logits)]) {
      const got = filteredProbabilities(given, options);
      expect([...got].map((p) => p > 0)).toEqual(expected.map((p) => p > 0));
      for (const [id, p] of expected.entries()) expect(got[id]).toBeCloseTo(p, 12);
    }
  }
});

test("the class that crosses topP is kept, and one that meets it is the last", () => {
  const halves = [0.5, 0.25, 0.25].map(Math.log);
  expect([...filteredProbabilities(halves, { topP: 0.5 })]).toEqual([1, 0, 0]);
  const kept = (topP: number) =>
    [...filteredProbabilities(halves, { topP })].filter((p) => p > 0).length;
  expect([0.51, 0.74, 0.76, 0.99].map(kept)).toEqual([2, 2, 3, 3]);
});

test("temperature 0 leaves the first of the likeliest", () => {
  expect([...filteredProbabilities([1, 3, 3], { temperature: 0, topP: 0.5 })]).toEqual([0, 1, 0]);
});

test("infinite logits do no harm", () => {
  const { POSITIVE_INFINITY: most, NEGATIVE_INFINITY: least } = Number;
  expect([...filteredProbabilities([0, most, least, most])]).toEqual([0, 0.5, 0, 0.5]);
  expect([...filteredProbabilities([least, 0, 0], { topK: 3, topP: 0.9 })]).toEqual([0, 0.5, 0.5]);
});

test("the largest come from the largest down, of equals the first first", () => {
  for (const seed of [5, 6, 7]) {
    const numbers = logitsOf(41, seed);
    const all = numbers.map((_, n) => n).sort((a, b) => numbers[b]! - numbers[a]! || a - b);
    for (const count of [0, 1, 2, 7, 40, 41, 50]) {
      expect(largest(numbers, count)).toEqual(all.slice(0, count));
    }
  }
});

test("refuses nonsense by name", () => {
  const refused = (options: FilterOptions, message: string) =>
    expect(() => filteredProbabilities([1, 2], options)).toThrow(new RangeError(message));
  refused({ topK: 0 }, "topK: expected a whole number from 1, got 0");
  refused({ topP: 0 }, "topP: expected a number in (0, 1], got 0");
  refused({ topP: 1.5 }, "topP: expected a number in (0, 1], got 1.5");
  refused({ topP: Number.NaN }, "topP: expected a number in (0, 1], got NaN");
  refused({ minP: -0.1 }, "minP: expected a number in [0, 1], got -0.1");
  refused({ minP: 2 }, "minP: expected a number in [0, 1], got 2");
});
