import { expect, test } from "vitest";
import { constant } from "./constant";

test("every step has the rate", () => {
  const schedule = constant({ rate: 0.003 });
  expect([0, 1, 7, 1e9].map(schedule)).toEqual([0.003, 0.003, 0.003, 0.003]);
});

test("a negative or missing rate and a step that is none are refused", () => {
  expect(() => constant({ rate: -0.1 })).toThrow(
    new RangeError("rate: expected a number from 0, got -0.1"),
  );
  expect(() => constant({ rate: Number.NaN })).toThrow("got NaN");
  expect(() => constant({ rate: Number.POSITIVE_INFINITY })).toThrow("got Infinity");
  expect(() => constant({ rate: 1 })(Number.NaN)).toThrow(
    new RangeError("step: expected a number from 0, got NaN"),
  );
  expect(() => constant({ rate: 1 })(-1)).toThrow("step: expected a number from 0, got -1");
});
