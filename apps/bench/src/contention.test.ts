import { expect, test } from "vitest";
import { ContentionWatch, joinedContention, slowDownOf } from "./contention";

test("a slow-down is against the best time", () => {
  expect(slowDownOf([4, 2, 3])).toEqual({ median: 1.5, max: 2 });
});

test("watches the machine", async () => {
  const watch = await ContentionWatch.start();
  watch.look();
  const { loadAverage, busyCores, loopSlowDown } = await watch.end();
  for (const { before, after } of [loadAverage, busyCores]) {
    expect(before).toBeGreaterThanOrEqual(0);
    expect(after).toBeGreaterThanOrEqual(0);
  }
  expect(loopSlowDown.median).toBeGreaterThanOrEqual(1);
  expect(loopSlowDown.max).toBeGreaterThanOrEqual(loopSlowDown.median);
});

test("joins what was seen around several measurements", () => {
  const part = (n: number) => ({
    loadAverage: { before: n, after: n + 1 },
    busyCores: { before: n / 2, after: n / 4 },
    loopSlowDown: { median: 1 + 1 / n, max: n },
  });
  expect(joinedContention([part(2), part(8), part(4)])).toEqual({
    loadAverage: { before: 2, after: 5 },
    busyCores: { before: 1, after: 1 },
    loopSlowDown: { median: 1.5, max: 8 },
  });
  expect(() => joinedContention([])).toThrow("parts: expected at least one, got none");
});
