import { Rng } from "@tx/core";
import { expect, test } from "vitest";
import { type SampleOptions, sample } from "./index";

const LOGITS = [0.5, -1, 2, 1.5, -3];

/** How often each class comes in 5000 draws, as a share. */
function shares(logits: ArrayLike<number>, options: Omit<SampleOptions, "rng"> = {}): number[] {
  const rng = new Rng(7);
  const counts: number[] = Array(logits.length).fill(0);
  for (let draw = 0; draw < 5000; draw++) counts[sample(logits, { ...options, rng })]! += 1;
  return counts.map((count) => count / 5000);
}

function softmax(logits: number[]): number[] {
  const weights = logits.map(Math.exp);
  const total = weights.reduce((sum, weight) => sum + weight);
  return weights.map((weight) => weight / total);
}

function expectShares(got: number[], wanted: number[]): void {
  for (const [id, share] of wanted.entries()) {
    // Five standard deviations of that many draws.
    expect(Math.abs(got[id]! - share), `class ${id}`).toBeLessThanOrEqual(
      5 * Math.sqrt((share * (1 - share)) / 5000),
    );
  }
}

test("draws each class as often as the softmax says", () => {
  expectShares(shares(LOGITS), softmax(LOGITS));
  expectShares(shares(Float32Array.from(LOGITS)), softmax(LOGITS));
});

test("temperature divides the logits", () => {
  for (const temperature of [0.5, 3]) {
    expectShares(shares(LOGITS, { temperature }), softmax(LOGITS.map((x) => x / temperature)));
  }
});

test("topK keeps the likeliest only", () => {
  const kept = LOGITS.map((x) => (x >= 1.5 ? x : Number.NEGATIVE_INFINITY));
  expectShares(shares(LOGITS, { topK: 2 }), softmax(kept));
  expectShares(shares(LOGITS, { topK: 99 }), softmax(LOGITS));
});

test("temperature 0 and topK 1 take the likeliest, of equals the first", () => {
  expect(shares(LOGITS, { temperature: 0 })).toEqual([0, 0, 1, 0, 0]);
  expect(shares(LOGITS, { topK: 1 })).toEqual([0, 0, 1, 0, 0]);
  expect(shares([1, 3, 3, 2], { temperature: 0 })).toEqual([0, 1, 0, 0]);
});

test("temperature 0 draws no random number", () => {
  const rng = new Rng(7);
  const { state } = rng;
  sample(LOGITS, { temperature: 0, rng });
  expect(rng.state).toBe(state);
});

test("the same seed draws the same", () => {
  const draws = () => {
    const rng = new Rng(11);
    return Array.from({ length: 20 }, () => sample(LOGITS, { rng }));
  };
  expect(draws()).toEqual(draws());
});

test("huge and infinite logits do no harm", () => {
  const rng = new Rng(7);
  expect(sample([1e30, 0, -1e30], { rng })).toBe(0);
  expect(sample([Number.NEGATIVE_INFINITY, 3, Number.NEGATIVE_INFINITY], { rng })).toBe(1);
  expect(sample([0, Number.POSITIVE_INFINITY], { rng })).toBe(1);
  expect(sample(LOGITS, { temperature: Number.MIN_VALUE, rng })).toBe(2);
});

test("refuses nonsense by name", () => {
  const refused = (logits: number[], options: object, message: string) =>
    expect(() => sample(logits, { ...options, rng: new Rng(1) })).toThrow(new RangeError(message));
  refused([], {}, "logits: expected at least one, got none");
  refused([1, Number.NaN], {}, "logits: expected numbers, got NaN");
  refused(LOGITS, { temperature: -1 }, "temperature: expected a number from 0, got -1");
  refused(LOGITS, { temperature: Infinity }, "temperature: expected a number from 0, got Infinity");
  refused(LOGITS, { topK: 0 }, "topK: expected a whole number from 1, got 0");
  refused(LOGITS, { topK: 1.5 }, "topK: expected a whole number from 1, got 1.5");
});

test("topP and minP cut off the unlikely", () => {
  const kept = LOGITS.map((x) => (x >= 0.5 ? x : Number.NEGATIVE_INFINITY));
  expectShares(shares(LOGITS, { topP: 0.9 }), softmax(kept));
  expectShares(shares(LOGITS, { minP: 0.2 }), softmax(kept));
});

test("a seed draws what it drew before there were more filters", () => {
  const drawn = (options: Omit<SampleOptions, "rng">) => {
    const rng = new Rng(11);
    return Array.from({ length: 12 }, () => sample(LOGITS, { ...options, rng })).join("");
  };
  expect([drawn({}), drawn({ topK: 3 })]).toEqual(["222232022223", "223332223223"]);
});
