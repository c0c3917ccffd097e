import { expect, test } from "vitest";
import { constant } from "./constant";
import { linear } from "./linear";
import { noam } from "./noam";
import type { Schedule } from "./schedule";
import { sequence } from "./sequence";

const [fall, flat] = [linear({ peak: 0.6, totalSteps: 3 }), constant({ rate: 0.5 })];

test("each runs from its own beginning between its milestones", () => {
  const schedule = sequence([fall, flat, fall], [3, 5]);
  expect([0, 1, 2].map(schedule)).toEqual([0, 1, 2].map(fall));
  expect([3, 4, 4.5].map(schedule)).toEqual([0.5, 0.5, 0.5]);
  expect([5, 6, 7, 8, 99].map(schedule)).toEqual([0, 1, 2, 3, 94].map(fall));
});

test("steps count as the first counts them, and one that counts from 1 begins at its 1", () => {
  const paper = noam({ dModel: 5, warmupSteps: 3 });
  const after = sequence([fall, paper], [3]);
  expect(after.firstStep).toBe(0);
  expect([3, 4].map(after)).toEqual([paper(1), paper(2)]);
  const before = sequence([paper, fall], [7]);
  expect(before.firstStep).toBe(1);
  expect([1, 6, 7, 8].map(before)).toEqual([paper(1), paper(6), fall(0), fall(1)]);
  expect(() => before(0)).toThrow("step: expected a number from 1, got 0");
});

test("one schedule alone is itself", () => {
  expect(sequence([fall])(2)).toBe(fall(2));
});

test("a list that changes later changes nothing", () => {
  const [schedules, milestones] = [[fall, flat], [3]];
  const schedule = sequence(schedules, milestones);
  schedules.reverse();
  milestones[0] = 1;
  expect([2, 3].map(schedule)).toEqual([fall(2), 0.5]);
  expect(schedule.toJSON().milestones).toEqual([3]);
});

test("nonsense is refused by name", () => {
  for (const [milestones, at, least] of [
    [[5, 3], 1, 6],
    [[3, 3], 1, 4],
    [[0, 2], 0, 1],
    [[1.5, 2], 0, 1],
    [[1, Number.NaN], 1, 2],
  ] as const) {
    const got = `got ${milestones[at]}`;
    expect(() => sequence([fall, flat, fall], milestones)).toThrow(
      new RangeError(`milestones[${at}]: expected a whole number from ${least}, ${got}`),
    );
  }
  const paper = noam({ dModel: 5, warmupSteps: 3 });
  expect(() => sequence([paper, flat], [1])).toThrow("expected a whole number from 2, got 1");
  for (const milestones of [undefined, [], [1, 2]]) {
    expect(() => sequence([fall, flat], milestones)).toThrow(
      new RangeError(`milestones.length: expected 1, got ${milestones?.length ?? 0}`),
    );
  }
  for (const schedules of [[], undefined, null, 7] as unknown as Schedule[][]) {
    expect(() => sequence(schedules)).toThrow(/^schedules.length: expected a whole number from 1/);
  }
  expect(() => sequence([fall, {} as Schedule], [2])).toThrow("schedules[1]: expected a schedule");
});
