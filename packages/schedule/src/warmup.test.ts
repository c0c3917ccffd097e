import { expect, test } from "vitest";
import { constant } from "./constant";
import { cosine } from "./cosine";
import { noam } from "./noam";
import type { Schedule } from "./schedule";
import { warmup } from "./warmup";

test("before a cosine it is the cosine's own warmup", () => {
  const built = warmup(cosine({ peak: 0.7, minimum: 0.1, totalSteps: 12 }), { warmupSteps: 5 });
  const own = cosine({ peak: 0.7, minimum: 0.1, warmupSteps: 5, totalSteps: 17 });
  for (let step = 0; step < 20; step++) expect(built(step)).toBeCloseTo(own(step), 15);
});

test("rises from where it is told and counts from 0 before a schedule that counts from 1", () => {
  const paper = noam({ dModel: 4, warmupSteps: 1 });
  const schedule = warmup(paper, { warmupSteps: 4, warmupInit: 0.1 });
  expect(schedule.firstStep).toBe(0);
  expect(schedule(0)).toBe(0.1);
  expect(schedule(2)).toBeCloseTo(0.3, 15);
  expect(schedule(4)).toBe(paper(1));
  expect(schedule(7)).toBe(paper(4));
});

test("nonsense is refused by name", () => {
  const half = constant({ rate: 0.5 });
  expect(() => warmup(half, { warmupSteps: 0 })).toThrow(
    new RangeError("warmupSteps: expected a whole number from 1, got 0"),
  );
  expect(() => warmup(half, { warmupSteps: 2, warmupInit: 0.6 })).toThrow(
    "warmupInit: expected at most schedule's first rate=0.5, got 0.6",
  );
  expect(() => warmup((() => 1) as unknown as Schedule, { warmupSteps: 2 })).toThrow(
    "schedule: expected a schedule of @tx/schedule, got () => 1",
  );
  expect(() => warmup(null as unknown as Schedule, { warmupSteps: 2 })).toThrow("got null");
});
