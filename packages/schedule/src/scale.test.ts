import { expect, test } from "vitest";
import { linear } from "./linear";
import { noam } from "./noam";
import { scale } from "./scale";
import type { Schedule } from "./schedule";

test("every rate is multiplied and steps count on as they did", () => {
  const schedule = linear({ peak: 0.6, totalSteps: 12 });
  const tenth = scale(schedule, 0.1);
  for (const step of [0, 5, 12, 100]) expect(tenth(step)).toBe(0.1 * schedule(step));
  expect(scale(schedule, 0)(3)).toBe(0);
  const paper = scale(noam({ dModel: 5, warmupSteps: 3 }), 2);
  expect(paper.firstStep).toBe(1);
  expect(paper(7)).toBe(noam({ dModel: 5, warmupSteps: 3, factor: 2 })(7));
  expect(() => paper(0)).toThrow("step: expected a number from 1, got 0");
});

test("nonsense is refused by name", () => {
  const schedule = linear({ peak: 0.6, totalSteps: 12 });
  for (const factor of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
    expect(() => scale(schedule, factor)).toThrow(
      new RangeError(`factor: expected a number from 0, got ${factor}`),
    );
  }
  expect(() => scale({} as Schedule, 1)).toThrow(
    "schedule: expected a schedule of @tx/schedule, got [object Object]",
  );
});
