import { expect, test } from "vitest";
import { noam } from "./noam";

test("the peak is at the last update of the warmup and both sides follow the formula", () => {
  const schedule = noam({ dModel: 49, warmupSteps: 9, factor: 2 });
  // By hand: 2 / sqrt(49) = 2/7; step · 9^-1.5 = step / 27; step^-0.5.
  expect(schedule(1)).toBeCloseTo(2 / 7 / 27, 15);
  expect(schedule(4)).toBeCloseTo((2 / 7) * (4 / 27), 15);
  expect(schedule(9)).toBeCloseTo(2 / 7 / 3, 15);
  expect(schedule(25)).toBeCloseTo(2 / 7 / 5, 15);
  expect(schedule(8)).toBeLessThan(schedule(9));
  expect(schedule(10)).toBeLessThan(schedule(9));
});

test("updates count from 1", () => {
  const schedule = noam({ dModel: 5, warmupSteps: 3 });
  expect(schedule.firstStep).toBe(1);
  expect(() => schedule(0)).toThrow(new RangeError("step: expected a number from 1, got 0"));
});

test("nonsense is refused by name", () => {
  expect(() => noam({ dModel: 0, warmupSteps: 3 })).toThrow(
    new RangeError("dModel: expected a whole number from 1, got 0"),
  );
  expect(() => noam({ dModel: 5, warmupSteps: 2.5 })).toThrow(
    "warmupSteps: expected a whole number from 1, got 2.5",
  );
  expect(() => noam({ dModel: 5, warmupSteps: 3, factor: -1 })).toThrow(
    "factor: expected a number above 0, got -1",
  );
});
