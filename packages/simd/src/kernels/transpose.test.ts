import { memory, reshape, type Tensor, tidy, transpose, zeros } from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { expectAsOnCpu, expectInBounds } from "../testing/compare";
import { bools, everySize, floats, wholes } from "../testing/inputs";

/** All orders of so many axes. */
function orders(rank: number): number[][] {
  if (rank === 0) return [[]];
  return orders(rank - 1).flatMap((order) =>
    Array.from({ length: rank }, (_, at) => [...order.slice(0, at), rank - 1, ...order.slice(at)]),
  );
}

const all = (x: Tensor) => orders(x.rank).map((order) => transpose(x, order));

describe("as on cpu", () => {
  test("matrices of every size to 67", () =>
    expectAsOnCpu(() =>
      everySize.flatMap((n) => [
        transpose(floats([n, 1 + ((n * 29) % 67)], n + 1)),
        transpose(floats([1 + ((n * 31) % 67), n], n + 1)),
      ]),
    ));

  test.each([[[7]], [[3, 5, 7]], [[2, 3, 4, 5]], [[4, 1, 17, 2]], [[2, 3, 2, 3, 2]], [[2, 0, 3]]])(
    "%j in every order",
    (shape) =>
      expectAsOnCpu(() => [...all(floats(shape)), ...all(wholes(shape)), ...all(bools(shape))]),
  );

  test("heads, and six axes", () =>
    expectAsOnCpu(() => [
      transpose(floats([3, 17, 4, 32]), [0, 2, 1, 3]),
      transpose(floats([2, 3, 4, 5, 2, 3]), [5, 1, 3, 0, 2, 4]),
      transpose(zeros([3, 0]), [1, 0]),
    ]));
});

test("where nothing moves, nothing is copied", () => {
  tidy(() => {
    const x = floats([3, 1, 5]);
    const { numDataBuffers } = memory();
    const turned = transpose(x, [1, 0, 2]);
    expect(turned.shape).toEqual([1, 3, 5]);
    expect(memory().numDataBuffers).toBe(numDataBuffers);
    expect(reshape(turned, [15]).dataSync()).toEqual(reshape(x, [15]).dataSync());
  });
});

test("nothing outside is touched", () => expectInBounds(() => all(floats([5, 7, 3]))));
