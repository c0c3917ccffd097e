import { expect, test } from "vitest";
import { linear } from "./linear";

test("rises and falls in straight lines and stays at the minimum", () => {
  const schedule = linear({ peak: 0.8, minimum: 0.2, warmupSteps: 4, totalSteps: 13 });
  expect(schedule(0)).toBe(0);
  expect(schedule(3)).toBeCloseTo(0.6, 15);
  expect(schedule(4)).toBe(0.8);
  // Two thirds of the fall are left: 0.2 + 0.6 · 2/3.
  expect(schedule(7)).toBeCloseTo(0.6, 15);
  expect([13, 14, 999].map(schedule)).toEqual([0.2, 0.2, 0.2]);
});

test("nonsense is refused by name", () => {
  expect(() => linear({ peak: 0.1, minimum: -0.1, totalSteps: 7 })).toThrow(
    new RangeError("minimum: expected a number from 0, got -0.1"),
  );
  expect(() => linear({ peak: 0.1, warmupSteps: 11, totalSteps: 7 })).toThrow(
    "warmupSteps: expected at most totalSteps=7, got 11",
  );
  expect(() => linear({ peak: 0.1, totalSteps: 0 })).toThrow(
    "totalSteps: expected a whole number from 1, got 0",
  );
});

test("an option is not compared with one that is itself refused", () => {
  for (const totalSteps of [-5, Number.NaN, "3" as unknown as number]) {
    expect(() => linear({ peak: 0.1, warmupSteps: 4, totalSteps })).toThrow(
      /^totalSteps: expected a whole number from 1, got/,
    );
  }
});
