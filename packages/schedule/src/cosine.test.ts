import { expect, test } from "vitest";
import { cosine } from "./cosine";

test("rises in a line, falls in half a cosine and stays at the minimum", () => {
  const schedule = cosine({ peak: 0.7, minimum: 0.1, warmupSteps: 5, totalSteps: 17 });
  expect(schedule(0)).toBe(0);
  expect(schedule(2)).toBeCloseTo(0.28, 15);
  expect(schedule(5)).toBe(0.7);
  // A third of the way the cosine is 1/2, so 3/4 of the fall is left: 0.1 + 0.6 · 3/4.
  expect(schedule(9)).toBeCloseTo(0.55, 15);
  expect(schedule(11)).toBeCloseTo(0.4, 15);
  expect([17, 18, 1000].map(schedule)).toEqual([0.1, 0.1, 0.1]);
});

test("without a warmup it begins at the peak", () => {
  expect(cosine({ peak: 0.3, totalSteps: 7 })(0)).toBe(0.3);
});

test("a warmup as long as the whole ends on the minimum", () => {
  const schedule = cosine({ peak: 0.6, minimum: 0.2, warmupSteps: 3, totalSteps: 3 });
  expect(schedule(2)).toBeCloseTo(0.4, 15);
  expect(schedule(3)).toBe(0.2);
});

test("nonsense is refused by name", () => {
  expect(() => cosine({ peak: -1, totalSteps: 7 })).toThrow(
    new RangeError("peak: expected a number above 0, got -1"),
  );
  expect(() => cosine({ peak: 0.1, minimum: 0.2, totalSteps: 7 })).toThrow(
    "minimum: expected at most peak=0.1, got 0.2",
  );
  expect(() => cosine({ peak: 0.1, warmupSteps: 8, totalSteps: 7 })).toThrow(
    "warmupSteps: expected at most totalSteps=7, got 8",
  );
  expect(() => cosine({ peak: 0.1, totalSteps: 7.5 })).toThrow(
    "totalSteps: expected a whole number from 1, got 7.5",
  );
  expect(() => cosine({ peak: Number.NaN, totalSteps: 7 })).toThrow("peak");
});
