import { expect, test } from "vitest";
import { type DecayShape, warmupStableDecay } from "./warmup-stable-decay";

const options = { peak: 0.5, minimum: 0.1, warmupSteps: 5, stableSteps: 7, decaySteps: 16 };

test("rises, holds, falls in the shape asked for and stays at the minimum", () => {
  const quarter: Record<DecayShape, number> = {
    linear: 0.1 + 0.4 * 0.75,
    cosine: 0.1 + 0.2 * (1 + Math.SQRT1_2),
    oneMinusSqrt: 0.1 + 0.4 * 0.5,
  };
  for (const [shape, atQuarter] of Object.entries(quarter)) {
    const schedule = warmupStableDecay({ ...options, shape: shape as DecayShape });
    expect(schedule(0)).toBe(0);
    expect(schedule(3)).toBeCloseTo(0.3, 15);
    for (const step of [5, 9, 12]) expect(schedule(step)).toBeCloseTo(0.5, 15);
    expect(schedule(16)).toBeCloseTo(atQuarter, 15);
    expect([28, 29, 500].map(schedule)).toEqual([0.1, 0.1, 0.1]);
  }
});

test("nonsense is refused by name", () => {
  expect(() => warmupStableDecay({ ...options, shape: "cubic" as DecayShape })).toThrow(
    new RangeError('shape: expected linear or cosine or oneMinusSqrt, got "cubic"'),
  );
  expect(() => warmupStableDecay({ ...options, decaySteps: 0 })).toThrow(
    "decaySteps: expected a whole number from 1, got 0",
  );
  expect(() => warmupStableDecay({ ...options, stableSteps: -2 })).toThrow(
    "stableSteps: expected a whole number from 0, got -2",
  );
  expect(() => warmupStableDecay({ ...options, minimum: 0.6 })).toThrow(
    "minimum: expected at most peak=0.5, got 0.6",
  );
});
