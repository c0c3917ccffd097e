import { expect, test } from "vitest";
import { statisticsOf } from "./statistics";

test.each([
  [[3], { median: 3, min: 3, max: 3, quartiles: [3, 3] }],
  [[5, 1, 3], { median: 3, min: 1, max: 5, quartiles: [2, 4] }],
  [[7, 1, 3, 10], { median: 5, min: 1, max: 10, quartiles: [2.5, 7.75] }],
])("of %o", (measurements, wanted) => {
  expect(statisticsOf(measurements)).toEqual(wanted);
});

test("refuses no measurements", () => {
  expect(() => statisticsOf([])).toThrow(
    new RangeError("measurements: expected at least one, got none"),
  );
});
