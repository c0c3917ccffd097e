import { gather, type Tensor, tensor, zeros } from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { expectAsOnCpu, expectInBounds } from "../testing/compare";
import { bools, everySize, floats, wholes } from "../testing/inputs";

const indices = (shape: number[], most: number, seed = 5) => wholes(shape, seed, 0, most) as never;
const empty = () => tensor([], [0], "int32") as never;

describe("as on cpu", () => {
  test("along each axis, with batches", () =>
    expectAsOnCpu(() =>
      [floats, wholes, bools].flatMap((make): Tensor[] => [
        gather(make([9]), indices([4], 9)),
        gather(make([9, 5]), indices([4, 3], 9)),
        gather(make([9, 5]), indices([4], 5), 1),
        gather(make([3, 4, 5]), indices([6], 4), -2),
        gather(make([3, 4, 5]), indices([3, 6], 4), 1, 1),
        gather(make([2, 3, 4, 5]), indices([2, 3, 6], 4), 2, 2),
        gather(make([2, 3, 4, 5]), indices([2, 6], 5), 3, 1),
        gather(make([4, 5]), indices([], 4)),
      ]),
    ));

  test("slices of every size to 67", () =>
    expectAsOnCpu(() => everySize.map((n) => gather(floats([7, n]), indices([5], 7)))));

  test("nothing", () =>
    expectAsOnCpu(() => [gather(floats([3, 4]), empty()), gather(zeros([3, 0]), indices([2], 3))]));
});

test("an index that is not there is refused", () => {
  const at = (index: number) => () =>
    gather(floats([3, 4]), tensor([0, index], [2], "int32") as never);
  expect(at(3)).toThrow("GatherV2: the index value 3 is not in [0, 2]");
  expect(at(-1)).toThrow("GatherV2: the index value -1 is not in [0, 2]");
});

test("nothing outside is touched", () =>
  expectInBounds(() => [
    gather(floats([3, 5]), indices([4], 3)),
    gather(bools([3, 5]), indices([4], 5), 1),
  ]));
