import { expect, test } from "vitest";
import { linear } from "./linear";
import { polynomial } from "./polynomial";

test("falls with a power of what is ahead and stays at the minimum", () => {
  const options = { peak: 0.9, minimum: 0.1, warmupSteps: 3, totalSteps: 11 };
  const schedule = polynomial({ ...options, power: 2 });
  expect(schedule(2)).toBeCloseTo(0.6, 15);
  expect(schedule(3)).toBe(0.9);
  // Three quarters ahead: 0.1 + 0.8 · 9/16.
  expect(schedule(5)).toBeCloseTo(0.55, 15);
  expect([11, 12, 999].map(schedule)).toEqual([0.1, 0.1, 0.1]);
  expect(polynomial({ ...options, power: 0.5 })(9)).toBeCloseTo(0.5, 15);
});

test("with power 1 it is linear", () => {
  const options = { peak: 0.7, minimum: 0.2, warmupSteps: 5, totalSteps: 17 };
  const [one, other] = [polynomial(options), linear(options)];
  for (let step = 0; step < 20; step++) expect(one(step)).toBeCloseTo(other(step), 15);
});

test("nonsense is refused by name", () => {
  expect(() => polynomial({ peak: 1, totalSteps: 7, power: 0 })).toThrow(
    new RangeError("power: expected a number above 0, got 0"),
  );
  expect(() => polynomial({ peak: 1, totalSteps: 7, warmupSteps: 8 })).toThrow(
    "warmupSteps: expected at most totalSteps=7, got 8",
  );
  expect(() => polynomial({ peak: -1, totalSteps: 7 })).toThrow("peak");
});
