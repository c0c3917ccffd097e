import {
  cast,
  equal,
  greater,
  greaterEqual,
  less,
  lessEqual,
  logicalAnd,
  logicalNot,
  logicalOr,
  logicalXor,
  notEqual,
  type Tensor,
  tensor,
} from "@tensorflow/tfjs-core";
import { describe, test } from "vitest";
import { expectAsOnCpu, expectInBounds } from "../testing/compare";
import { bools, everySize, wholes } from "../testing/inputs";

type Pair = (a: Tensor, b: Tensor) => Tensor;

const comparisons: Pair[] = [equal, notEqual, greater, greaterEqual, less, lessEqual];
const logic: Pair[] = [logicalAnd, logicalOr, logicalXor, equal, notEqual];
/** Few values, so that many are equal. */
const made = (shape: number[], seed: number) => wholes(shape, seed, 0, 4);
const floats = (shape: number[], seed: number) => cast(made(shape, seed), "float32");

const shapes: [number[], number[]][] = [
  [[5, 7], []],
  [[], [67]],
  [[4, 5, 19], [19]],
  [
    [4, 5, 19],
    [4, 5, 1],
  ],
  [
    [9, 1],
    [1, 23],
  ],
  [
    [2, 3, 4, 5],
    [1, 3, 1, 5],
  ],
  [
    [3, 2500],
    [3, 1],
  ],
  [
    [0, 3],
    [1, 3],
  ],
];

const both = (operations: Pair[], a: Tensor, b: Tensor) =>
  operations.flatMap((operation) => [operation(a, b), operation(b, a)]);

describe("as on cpu", () => {
  test("every size to 67", async () => {
    const each = (operations: Pair[], make: typeof made) => () =>
      everySize.flatMap((n) =>
        operations.map((operation) => operation(make([n], n), make([n], 99 + n))),
      );
    await expectAsOnCpu(each(comparisons, floats));
    await expectAsOnCpu(each(comparisons, made));
    await expectAsOnCpu(each(logic, bools));
    await expectAsOnCpu(() => everySize.map((n) => logicalNot(bools([n], n))));
  });

  test.each(shapes)("[%j] and [%j]", async (a, b) => {
    await expectAsOnCpu(() => both(comparisons, floats(a, 3), floats(b, 5)));
    await expectAsOnCpu(() => both(comparisons, made(a, 3), made(b, 5)));
    await expectAsOnCpu(() => both(logic, bools(a, 3), bools(b, 5)));
  });

  test("NaN, infinities and zeros", () => {
    const special = [Number.NaN, Infinity, -Infinity, 0, -0, 1, -2];
    const [a, b] = [tensor(special, [7, 1]), tensor(special, [1, 7])];
    return expectAsOnCpu(() => both(comparisons, a, b));
  });

  test("dtypes that differ, bools in order, and text", () =>
    expectAsOnCpu(() => [
      greater(made([3], 3), floats([3], 5)),
      less(bools([3], 3), bools([3], 5)),
      equal(tensor(["a", "b"]), tensor(["a", "c"])),
    ]));
});

test("nothing outside is touched", async () => {
  await expectInBounds(() => both(comparisons, floats([19], 3), floats([19], 5)));
  await expectInBounds(() => both(logic, bools([3, 5], 3), bools([3, 1], 5)));
  await expectInBounds(() => logicalNot(bools([18], 3)));
});
