import { reverse, scalar, tensor, zeros } from "@tensorflow/tfjs-core";
import { describe, test } from "vitest";
import { expectAsOnCpu, expectInBounds } from "../testing/compare";
import { everySize, floats, wholes } from "../testing/inputs";

const exact = { rtol: 0, atol: 0 };

describe("as on cpu", () => {
  test("each choice of axes", () =>
    expectAsOnCpu(
      () =>
        [floats, wholes].flatMap((make) =>
          [[0], [1], [2], [-1], [0, 1], [0, 2], [1, 2], [0, 1, 2]].map((axes) =>
            reverse(make([3, 5, 7]), axes),
          ),
        ),
      exact,
    ));

  test("every size to 67, axes of one, bools", () =>
    expectAsOnCpu(
      () => [
        ...everySize.slice(1).map((n) => reverse(floats([n, 3, 1]), [0, 2])),
        ...everySize.slice(1).map((n) => reverse(floats([n]), 0)),
        reverse(tensor([1, 0, 0, 1, 1, 0], [2, 3], "bool"), 1),
      ],
      exact,
    ));

  test("no axis, nothing, and one number", () =>
    expectAsOnCpu(
      () => [reverse(floats([3, 2]), []), reverse(zeros([0, 3]), 0), reverse(scalar(4))],
      exact,
    ));

  test("rows longer than a unit", () =>
    expectAsOnCpu(() => [reverse(floats([2, 9001]), 1), reverse(floats([2, 9001]), 0)], exact));
});

test("nothing outside is touched", () =>
  expectInBounds(() => [0, 1].map((axis) => reverse(floats([5, 7]), axis))));
