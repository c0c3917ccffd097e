import { expect, test } from "vitest";
import { exponential } from "./exponential";

test("falls by the same factor over the same number of steps, after a straight rise", () => {
  const schedule = exponential({ peak: 0.8, decayRate: 0.25, decaySteps: 6, warmupSteps: 4 });
  expect(schedule(0)).toBe(0);
  expect(schedule(3)).toBeCloseTo(0.6, 15);
  expect(schedule(4)).toBe(0.8);
  expect(schedule(7)).toBeCloseTo(0.4, 15);
  expect(schedule(10)).toBeCloseTo(0.2, 15);
});

test("in stairs it falls once in a while only", () => {
  const schedule = exponential({ peak: 0.8, decayRate: 0.5, decaySteps: 3, staircase: true });
  expect([0, 1, 2, 3, 5, 6].map(schedule)).toEqual([0.8, 0.8, 0.8, 0.4, 0.4, 0.2]);
});

test("it stops at the minimum", () => {
  const schedule = exponential({ peak: 0.8, decayRate: 0.5, minimum: 0.3 });
  expect([1, 2, 1e9].map(schedule)).toEqual([0.4, 0.3, 0.3]);
});

test("nonsense is refused by name", () => {
  const options = { peak: 0.8, decayRate: 0.5 };
  for (const decayRate of [0, -0.1, Number.NaN, Number.POSITIVE_INFINITY]) {
    expect(() => exponential({ ...options, decayRate })).toThrow(
      new RangeError(`decayRate: expected a number above 0, got ${decayRate}`),
    );
  }
  expect(() => exponential({ ...options, decayRate: 1.01 })).toThrow(
    new RangeError("decayRate: expected at most 1, got 1.01"),
  );
  expect(() => exponential({ ...options, decaySteps: 0 })).toThrow("decaySteps");
  expect(() => exponential({ ...options, warmupSteps: -1 })).toThrow("warmupSteps");
  expect(() => exponential({ ...options, minimum: 0.9 })).toThrow("minimum");
  expect(() => exponential({ ...options, staircase: 1 as unknown as boolean })).toThrow(
    "staircase: expected true or false, got 1",
  );
});
