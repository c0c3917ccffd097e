import { tensor, util, zeros } from "@tensorflow/tfjs-core";
import { expectClose, expectGradients, expectNoLeak } from "@tx/testing";
import { describe, expect, test } from "vitest";
import { ShapeError } from "../shapes";
import { matMul } from "./mat-mul";

/** Steps of 1/32 around 0, so that float32 holds them exactly. */
const numbers = (shape: number[], shift = 0) =>
  Array.from(
    { length: util.sizeFromShape(shape) },
    (_, n) => ((37 * (n + shift)) % 101) / 32 - 1.5,
  );
const made = (shape: number[], shift = 0) => tensor(numbers(shape, shift), shape);

interface Matrices {
  shape: number[];
  values: number[];
  transposed: boolean;
}

const swap = (shape: number[]) => [...shape.slice(0, -2), shape.at(-1)!, shape.at(-2)!];

/** The entry at a row and a column, of the batch that lead broadcasts to. */
function entry({ shape, values, transposed }: Matrices, lead: number[], i: number, j: number) {
  const own = shape.slice(0, -2);
  const last = lead.slice(lead.length - own.length);
  const batch = own.reduce((n, size, axis) => n * size + (size === 1 ? 0 : last[axis]!), 0);
  const [rows, columns] = shape.slice(-2) as [number, number];
  const [row, column] = transposed ? [j, i] : [i, j];
  return values[(batch * rows + row) * columns + column]!;
}

function plainProduct(a: Matrices, b: Matrices, shape: number[], inner: number): number[] {
  return Array.from({ length: util.sizeFromShape(shape) }, (_, n) => {
    const index = util.indexToLoc(n, shape.length, util.computeStrides(shape).concat(1));
    const [row, column] = index.slice(-2) as [number, number];
    const lead = index.slice(0, -2);
    let sum = 0;
    for (let k = 0; k < inner; k++) sum += entry(a, lead, row, k) * entry(b, lead, k, column);
    return sum;
  });
}

// a, b, their product; inner is 3
const products = [
  [
    [2, 3],
    [3, 5],
    [2, 5],
  ],
  [
    [4, 2, 3],
    [4, 3, 5],
    [4, 2, 5],
  ],
  [
    [4, 2, 3],
    [3, 5],
    [4, 2, 5],
  ],
  [
    [2, 4, 2, 3],
    [3, 5],
    [2, 4, 2, 5],
  ],
  [
    [2, 3],
    [4, 3, 5],
    [4, 2, 5],
  ],
  [
    [1, 2, 3],
    [4, 3, 5],
    [4, 2, 5],
  ],
  [
    [4, 2, 3],
    [1, 3, 5],
    [4, 2, 5],
  ],
  [
    [2, 1, 2, 3],
    [4, 3, 5],
    [2, 4, 2, 5],
  ],
  [
    [2, 4, 2, 3],
    [2, 1, 3, 5],
    [2, 4, 2, 5],
  ],
] satisfies number[][][];
const flags = [
  [false, false],
  [true, false],
  [false, true],
  [true, true],
] as const;

describe.each(flags)("transposeA %s, transposeB %s", (transposeA, transposeB) => {
  const options = { transposeA, transposeB };
  const shapes = products.map(
    ([a, b, y]) => [transposeA ? swap(a!) : a!, transposeB ? swap(b!) : b!, y!] as const,
  );

  test.each(shapes)("%j · %j", async (a, b, shape) => {
    const y = matMul(made(a), made(b, 7), options);
    expect(y.shape).toEqual(shape);
    const left = { shape: a, values: numbers(a), transposed: transposeA };
    const right = { shape: b, values: numbers(b, 7), transposed: transposeB };
    await expectClose(y, plainProduct(left, right, shape, 3));
    await expectGradients((a, b) => matMul(a, b, options), [made(a), made(b, 7)]);
  });
});

describe("sizes that do not fit", () => {
  test.each([
    [[3], [3, 5], {}, "a: expected two axes or more, got [3]"],
    [[2, 3], [3], {}, "b: expected two axes or more, got [3]"],
    [[2, 3], [4, 5], {}, "b: expected [3, columns] for a of [2, 3], got [4, 5]"],
    [[2, 3], [4, 5], { transposeB: true }, "b: expected [columns, 3] for a of [2, 3], got [4, 5]"],
    [[2, 3], [4, 5], { transposeA: true }, "b: expected [2, columns] for a of [2, 3], got [4, 5]"],
    [[4, 2, 3], [4, 5], {}, "b: expected [..., 3, columns] for a of [4, 2, 3], got [4, 5]"],
    // The batch axes: 4 and 2 do not broadcast, though 3 meets 3.
    [[4, 2, 3], [2, 3, 5], {}, "b: expected [..., 3, columns] for a of [4, 2, 3], got [2, 3, 5]"],
    [[0, 2, 3], [4, 3, 5], {}, "b: expected [..., 3, columns] for a of [0, 2, 3], got [4, 3, 5]"],
  ])("%j · %j", async (a, b, options, message) => {
    const tensors = [zeros(a), zeros(b)] as const;
    await expectNoLeak(() => {
      expect(() => matMul(...tensors, options)).toThrow(new ShapeError(message));
    });
  });
});
