import { memory, slice, split, tensor, tidy, unstack, zeros } from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { expectAsOnCpu, expectInBounds } from "../testing/compare";
import { bools, everySize, floats, wholes } from "../testing/inputs";

describe("as on cpu", () => {
  test("slices", async () => {
    const makers = [floats, wholes, bools];
    await expectAsOnCpu(() =>
      makers.flatMap((make) => [
        slice(make([67]), 5, 20),
        slice(make([9, 13]), [2, 3], [4, 5]),
        slice(make([9, 13]), [2, 0], [4, 13]),
        slice(make([9, 13]), [8], [1]),
        slice(make([5, 4, 7]), [1, 1, 6], [3, 2, 1]),
        slice(make([2, 3, 4, 5]), [1, 0, 2, 1], [1, 3, -1, 3]),
        slice(make([2, 2, 3, 2, 2, 3]), [0, 1, 1, 0, 0, 1], [2, 1, 2, 2, 1, 2]),
        slice(make([4, 5]), [1, 2], [0, 3]),
      ]),
    );
    await expectAsOnCpu(() => everySize.map((n) => slice(floats([3, 70]), [0, 1], [3, n])));
  });

  test("a long one", () => expectAsOnCpu(() => slice(floats([70_001]), 7, 69_990)));

  test("splits", () =>
    expectAsOnCpu(() => [
      ...split(floats([6, 9]), 3, 1),
      ...split(floats([6, 9]), [1, 5, 3], -1),
      ...split(wholes([6, 9]), [1, -1, 2], 0),
      ...split(bools([2, 6, 3]), 2, 1),
      ...split(zeros([4, 0]), 2, 0),
    ]));

  test("unstacked", () =>
    expectAsOnCpu(() => [
      ...unstack(floats([3, 4, 5]), 0),
      ...unstack(floats([3, 4, 5]), -1),
      ...unstack(wholes([3, 1, 5]), 1),
      ...unstack(bools([3, 4]), 1),
    ]));
});

test("what is everything is not copied", () => {
  tidy(() => {
    const x = floats([3, 5]);
    const { numDataBuffers } = memory();
    expect(slice(x, [0, 0], [3, 5]).dataSync()).toEqual(x.dataSync());
    expect(split(x, 1, 0)[0]!.dataSync()).toEqual(x.dataSync());
    expect(memory().numDataBuffers).toBe(numDataBuffers);
  });
});

test("text is the cpu backend's", () => {
  const words = tensor(["a", "b", "c"]);
  expect(slice(words, 1, 2).dataSync()).toEqual(["b", "c"]);
  expect(unstack(words)[1]!.dataSync()).toEqual(["b"]);
});

test("what is not there is refused", () => {
  expect(() => slice(floats([3, 5]), [1, 1], [3, 3])).toThrow();
});

test("nothing outside is touched", () =>
  expectInBounds(() => [
    slice(floats([5, 7]), [1, 2], [3, 5]),
    slice(bools([5, 7]), [1, 2], [4, 5]),
    ...split(floats([3, 5]), [2, 3], 1),
  ]));
