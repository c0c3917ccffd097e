import { expect, test } from "vitest";
import { joined, stepsOf } from "./axes";

test("steps of numbers that lie row by row", () => {
  expect(stepsOf([])).toEqual([]);
  expect(stepsOf([2, 3, 5])).toEqual([15, 5, 1]);
});

test("axes that follow each other evenly are joined", () => {
  const axes = [
    { size: 2, steps: [15, 0] },
    { size: 3, steps: [5, 0] },
    { size: 1, steps: [7, 7] },
    { size: 5, steps: [1, 1] },
  ];
  expect(joined(axes)).toEqual([
    { size: 6, steps: [5, 0] },
    { size: 5, steps: [1, 1] },
  ]);
  expect(joined([{ size: 1, steps: [1] }])).toEqual([]);
});
