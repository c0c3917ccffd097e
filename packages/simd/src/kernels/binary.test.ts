import {
  add,
  addN,
  div,
  engine,
  maximum,
  minimum,
  mul,
  pow,
  prelu,
  scalar,
  squaredDifference,
  sub,
  type Tensor,
  tensor,
  zeros,
} from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { expectAsOnCpu, expectInBounds } from "../testing/compare";
import { bools, everySize, floats, wholes } from "../testing/inputs";

type Pair = (a: Tensor, b: Tensor) => Tensor;

const operations: Pair[] = [add, sub, mul, div, maximum, minimum, squaredDifference];
const eluGrad: Pair = (dy, y) => engine().runKernel("EluGrad", { dy, y });
const madeWhole = (shape: number[], seed: number) => wholes(shape, seed, 1, 99);

/** Pairs of shapes: equal, a number, a row, a column, both ways, in the middle, of other rank. */
const shapes: [number[], number[]][] = [
  [[5, 7], []],
  [[], [67]],
  [[1], [3, 1, 2]],
  [[4, 5, 19], [19]],
  [
    [6, 1, 17],
    [5, 17],
  ],
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
    [2, 1, 4, 1, 3],
    [2, 3, 1, 5, 1],
  ],
  [
    [2, 2, 2, 2, 2, 3],
    [2, 1, 2, 1, 2, 1],
  ],
  [[4099], [4099]],
  [
    [3, 2500],
    [3, 1],
  ],
  [
    [0, 3],
    [1, 3],
  ],
  [[4, 0], []],
];

describe("as on cpu", () => {
  test("every size to 67", () =>
    expectAsOnCpu(() =>
      everySize.flatMap((n) =>
        operations.map((operation) => operation(floats([n], n + 1), floats([n], 99 + n))),
      ),
    ));

  test.each(shapes)("[%j] and [%j]", async (a, b) => {
    const both = (operation: Pair, make: (shape: number[], seed: number) => Tensor) => [
      operation(make(a, 3), make(b, 5)),
      operation(make(b, 5), make(a, 3)),
    ];
    await expectAsOnCpu(() => operations.flatMap((operation) => both(operation, floats)));
    await expectAsOnCpu(() => operations.flatMap((operation) => both(operation, madeWhole)));
    await expectAsOnCpu(() => prelu(floats(a, 3), b.length > a.length ? 0.3 : floats(b, 5)));
  });

  test("NaN, infinities and zeros", () => {
    const special = [Number.NaN, Infinity, -Infinity, 0, -0, 1, -2];
    const [a, b] = [tensor(special, [7, 1]), tensor(special, [1, 7])];
    return expectAsOnCpu(() => operations.map((operation) => operation(a, b)));
  });

  test("whole numbers beyond 32 bits", () => {
    const large = [2 ** 31 - 1, -(2 ** 31), 2 ** 30 + 1, 123_456_789, -987_654_321, 7];
    const operations = [add, sub, mul, maximum, minimum];
    const made = () => [tensor(large, [6, 1], "int32"), tensor(large, [1, 6], "int32")] as const;
    return expectAsOnCpu(() => operations.map((operation) => operation(...made())));
  });

  test("dtypes that differ", async () => {
    await expectAsOnCpu(() => [
      add(floats([3], 3), madeWhole([3], 5)),
      mul(bools([3]), floats([3], 3)),
      sub(bools([3]), madeWhole([3], 3)),
      div(madeWhole([3], 3), floats([3], 5)),
      maximum(bools([3]), bools([3])),
    ]);
  });

  test("the gradient of elu", () =>
    expectAsOnCpu(() => [1, 5, 18].map((n) => eluGrad(floats([n, 2], 3), floats([n, 2], 5)))));

  test("sums of several tensors", async () => {
    const some = (count: number) => Array.from({ length: count }, (_, n) => floats([3, 7], n + 1));
    await expectAsOnCpu(() => [1, 2, 3, 9].map((count) => addN(some(count))));
    await expectAsOnCpu(() => addN([madeWhole([5], 1), madeWhole([5], 2), madeWhole([5], 3)]));
  });

  test("powers", async () => {
    const exponents = [-1, 0, 0.5, 1, 2, 3, -2, 2.5];
    const special = [Number.NaN, Infinity, -Infinity, 0, -0, 1, -2, 1e-30];
    await expectAsOnCpu(() => exponents.map((n) => pow(floats([11], 3), n)));
    await expectAsOnCpu(() => exponents.map((n) => pow(tensor(special), n)));
    await expectAsOnCpu(() => [
      pow(floats([3, 1], 3), floats([1, 4], 5)),
      pow(scalar(3), zeros([2])),
    ]);
    await expectAsOnCpu(() => [
      pow(madeWhole([5], 3), scalar(2, "int32")),
      pow(2, floats([1, 1], 3)),
    ]);
  });

  test("shapes that do not fit are refused", () => {
    expect(() => add(floats([2, 3], 3), floats([4], 5))).toThrow("could not be broadcast");
  });
});

test("nothing outside is touched", async () => {
  await expectInBounds(() =>
    operations.map((operation) => operation(floats([7], 3), floats([7], 5))),
  );
  await expectInBounds(() => [
    add(floats([3, 5], 3), floats([5], 5)),
    mul(floats([3, 5], 3), floats([3, 1], 5)),
    sub(scalar(3), floats([2, 3], 5)),
    addN([floats([5], 3), floats([5], 5), floats([5], 7)]),
  ]);
});
