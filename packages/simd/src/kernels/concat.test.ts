import { concat, memory, stack, tensor, tidy, zeros } from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { expectAsOnCpu, expectInBounds } from "../testing/compare";
import { bools, everySize, floats, wholes } from "../testing/inputs";

const makers = [floats, wholes, bools];

describe("as on cpu", () => {
  test("along each axis", () =>
    expectAsOnCpu(() =>
      makers.flatMap((make) => [
        concat([make([3]), make([67], 5), make([1], 7)]),
        concat([make([3, 4]), make([5, 4], 5)], 0),
        concat([make([3, 4]), make([3, 1], 5), make([3, 9], 7)], 1),
        concat([make([2, 3, 4]), make([2, 5, 4], 5)], -2),
        concat([make([2, 0, 4]), make([2, 5, 4], 5), make([2, 1, 4], 7)], 1),
        concat([zeros([2, 0]), zeros([2, 0])], 1),
      ]),
    ));

  test("of every width to 67", () =>
    expectAsOnCpu(() =>
      everySize.slice(1).map((n) => concat([floats([3, n]), floats([3, 68 - n], 5)], 1)),
    ));

  test("stacked", () =>
    expectAsOnCpu(() =>
      makers.flatMap((make) => [
        stack([make([3, 4]), make([3, 4], 5)]),
        stack([make([3, 4]), make([3, 4], 5), make([3, 4], 7)], 1),
        stack([make([3, 4]), make([3, 4], 5)], -1),
        stack([make([]), make([], 5)]),
        stack([make([3])], 1),
      ]),
    ));
});

test("one alone is not copied", () => {
  tidy(() => {
    const x = floats([3, 5]);
    const { numDataBuffers } = memory();
    expect(stack([x], 1).shape).toEqual([3, 1, 5]);
    expect(memory().numDataBuffers).toBe(numDataBuffers);
  });
});

test("text is the cpu backend's", () => {
  expect(concat([tensor(["a"]), tensor(["b", "c"])]).dataSync()).toEqual(["a", "b", "c"]);
});

test("shapes that do not fit are refused", () => {
  expect(() => concat([floats([3, 4]), floats([3, 5])], 0)).toThrow();
  expect(() => stack([floats([3]), floats([4])])).toThrow();
});

test("nothing outside is touched", () =>
  expectInBounds(() => [
    concat([floats([3, 5]), floats([3, 2], 5)], 1),
    concat([bools([3, 5]), bools([1, 5], 5)], 0),
  ]));
