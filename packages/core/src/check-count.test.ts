import { expect, test } from "vitest";
import { checkCount } from "./check-count";

test("passes whole numbers from the least on, 1 unless told", () => {
  checkCount("layers", 1);
  checkCount("layers", 2 ** 40);
  checkCount("steps", 0, 0);
  checkCount("maxLen", 5, 5);
});

test.each([
  [0, undefined, "heads: expected a whole number from 1, got 0"],
  [-3, undefined, "heads: expected a whole number from 1, got -3"],
  [1.5, undefined, "heads: expected a whole number from 1, got 1.5"],
  [Number.NaN, undefined, "heads: expected a whole number from 1, got NaN"],
  [Number.POSITIVE_INFINITY, undefined, "heads: expected a whole number from 1, got Infinity"],
  [2 ** 53, undefined, "heads: expected a whole number from 1, got 9007199254740992"],
  [4, 5, "heads: expected a whole number from 5, got 4"],
  ["3" as unknown as number, undefined, "heads: expected a whole number from 1, got 3"],
])("refuses %s", (value, least, message) => {
  expect(() => checkCount("heads", value, least)).toThrow(new RangeError(message));
});
