import { expect, test } from "vitest";
import { linear, noam, sampleSchedule } from "./index";

const schedule = linear({ peak: 0.6, totalSteps: 12 });

test("points are spread evenly over whole steps, ends included", () => {
  expect(sampleSchedule(schedule, { to: 12, points: 5 }).map(({ step }) => step)).toEqual([
    0, 3, 6, 9, 12,
  ]);
  expect(sampleSchedule(schedule, { from: 3, to: 10, points: 3 })).toEqual([
    { step: 3, rate: schedule(3) },
    { step: 7, rate: schedule(7) },
    { step: 10, rate: schedule(10) },
  ]);
});

test("no step comes twice", () => {
  expect(sampleSchedule(schedule, { to: 3, points: 11 }).map(({ step }) => step)).toEqual([
    0, 1, 2, 3,
  ]);
  expect(sampleSchedule(schedule, { from: 7, to: 7 })).toHaveLength(1);
});

test("it begins at the schedule's own first step", () => {
  expect(sampleSchedule(noam({ dModel: 5, warmupSteps: 3 }), { to: 9 })[0]?.step).toBe(1);
});

test("whatever the numbers, both ends are there and steps rise", () => {
  for (const to of [1, 2, 12, 97, 1000]) {
    for (const points of [2, 3, 7, 200]) {
      const steps = sampleSchedule(schedule, { to, points }).map(({ step }) => step);
      expect(steps.length).toBe(Math.min(points, to + 1));
      expect([steps[0], steps.at(-1)]).toEqual([0, to]);
      expect(steps.every((step, i) => i === 0 || step > steps[i - 1]!)).toBe(true);
    }
  }
});

test("nonsense is refused by name", () => {
  expect(() => sampleSchedule(schedule, { from: 5, to: 3 })).toThrow(
    new RangeError("to: expected a whole number from 5, got 3"),
  );
  expect(() => sampleSchedule(schedule, { to: 3, points: 1 })).toThrow(
    "points: expected a whole number from 2, got 1",
  );
  expect(() => sampleSchedule(schedule, { from: 0.5, to: 3 })).toThrow(
    "from: expected a whole number from 0, got 0.5",
  );
});
