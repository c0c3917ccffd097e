import { cumsum, tensor, zeros } from "@tensorflow/tfjs-core";
import { describe, test } from "vitest";
import { expectAsOnCpu, expectInBounds } from "../testing/compare";
import { everySize, floats, wholes } from "../testing/inputs";

const flags = [false, true];
const exact = { rtol: 0, atol: 0 };

describe("as on cpu", () => {
  test("along each axis, both ways, with and without its own", () =>
    expectAsOnCpu(
      () =>
        [floats, wholes].flatMap((make) =>
          [0, 1, 2].flatMap((axis) =>
            flags.flatMap((exclusive) =>
              flags.map((reverse) => cumsum(make([3, 5, 7]), axis, exclusive, reverse)),
            ),
          ),
        ),
      exact,
    ));

  test("every size to 67", () =>
    expectAsOnCpu(() => everySize.slice(1).map((n) => cumsum(floats([n, n]), 0)), exact));

  test("NaN, nothing, and whole numbers beyond 32 bits", () =>
    expectAsOnCpu(() => [
      cumsum(tensor([1, Number.NaN, 2])),
      cumsum(zeros([0, 3]), 1),
      cumsum(tensor([2 ** 31 - 1, 5, -9], [3], "int32")),
    ]));
});

test("nothing outside is touched", () =>
  expectInBounds(() => [0, 1].map((axis) => cumsum(floats([5, 7]), axis, false, true))));
