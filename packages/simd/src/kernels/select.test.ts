import { scalar, type Tensor, tensor, where, zeros } from "@tensorflow/tfjs-core";
import { describe, test } from "vitest";
import { expectAsOnCpu, expectInBounds } from "../testing/compare";
import { bools, everySize, floats, wholes } from "../testing/inputs";

describe("as on cpu", () => {
  test("every size to 67, and beyond a unit", () =>
    expectAsOnCpu(() =>
      [...everySize, 4099].flatMap((n) => [
        where(bools([n], n + 1), floats([n], 3), floats([n], 5)),
        where(bools([n], n + 1), wholes([n], 3), wholes([n], 5)),
      ]),
    ));

  test("broadcast, NaN and infinity, and other dtypes", () =>
    expectAsOnCpu(() => {
      const special: Tensor = tensor([Number.NaN, Infinity, -Infinity]);
      return [
        where(bools([4, 1], 3), special, scalar(-1e9)),
        where(bools([2, 3], 3), floats([2, 1], 3), zeros([2, 3])),
        where(bools([5], 3), bools([5], 5), bools([5], 7)),
        where(bools([5], 3), wholes([5], 5), floats([5], 7)),
      ];
    }));
});

test("nothing outside is touched", () =>
  expectInBounds(() => where(bools([7], 9), floats([7], 3), floats([7], 5))));
