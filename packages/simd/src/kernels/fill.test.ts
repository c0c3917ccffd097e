import { fill, oneHot, ones, onesLike, tensor, zeros, zerosLike } from "@tensorflow/tfjs-core";
import { describe, test } from "vitest";
import { expectAsOnCpu, expectInBounds } from "../testing/compare";
import { bools, everySize, floats, wholes } from "../testing/inputs";

const classes = () => tensor([2, 0, -1, 4, 9, 3], [2, 3], "int32") as never;

describe("as on cpu", () => {
  test("one number everywhere", async () => {
    await expectAsOnCpu(() => [
      ...everySize.map((n) => fill([n], 1.25)),
      fill([3, 5], -7, "int32"),
      fill([3, 5], -7.9, "int32"),
      fill([19], 1, "bool"),
      fill([2], Number.NaN),
      fill([40_000], 3),
      fill([], 5),
      ones([3, 4]),
      zeros([3, 4], "bool"),
    ]);
    await expectAsOnCpu(() =>
      [floats, wholes, bools].flatMap((make) => [zerosLike(make([3, 7])), onesLike(make([3, 7]))]),
    );
  });

  test("classes", () =>
    expectAsOnCpu(() => [
      oneHot(classes(), 5),
      oneHot(classes(), 4, 0.75, -0.25, "float32"),
      oneHot(classes(), 5, 1, 0, "bool"),
      oneHot(tensor([], [0], "int32") as never, 3),
    ]));
});

test("nothing outside is touched", () =>
  expectInBounds(() => [fill([7], 3), fill([19], 1, "bool"), oneHot(classes(), 5)]));
