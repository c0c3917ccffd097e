import { ones, type Tensor, type Tensor4D, tensor, zeros } from "@tensorflow/tfjs-core";
import { expectClose, expectGradients, expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import { skew, unskew } from "../index";

const EXACT = { rtol: 0, atol: 0 };
const [BATCH, HEADS] = [2, 3];
const numbered = (shape: [number, number, number, number]): Tensor4D =>
  tensor(
    Array.from({ length: shape.reduce((a, b) => a * b) }, (_, n) => ((37 * n) % 101) / 32 - 1.5),
    shape,
  );

test.each([
  [1, 1],
  [1, 5],
  [4, 4],
  [3, 7],
  [5, 2],
])("%i queries and %i keys are what loops say", async (queries, keys) => {
  const distances = queries + keys - 1;
  const [x, y] = [
    numbered([BATCH, HEADS, queries, distances]),
    numbered([BATCH, HEADS, queries, keys]),
  ];
  const [given, back] = [await x.data(), await y.data()];
  const wanted: number[] = [];
  const apart = Array<number>(x.size).fill(0);
  for (let row = 0; row < BATCH * HEADS * queries; row++) {
    for (let j = 0; j < keys; j++) {
      const column = queries - 1 - (row % queries) + j;
      wanted.push(given[row * distances + column]!);
      apart[row * distances + column] = back[row * keys + j]!;
    }
  }
  await expectClose(skew(x), wanted, EXACT);
  await expectClose(unskew(y), apart, EXACT);
  await expectClose(skew(unskew(y)), y, EXACT);
});

test("each is the gradient of the other", async () => {
  await expectGradients((x: Tensor) => skew(x as Tensor4D), [numbered([1, 2, 3, 6])]);
  await expectGradients((x: Tensor) => unskew(x as Tensor4D), [numbered([1, 2, 3, 4])]);
});

test("refuses what does not fit by name, and leaves nothing behind", async () => {
  const [few, flat] = [zeros([1, 1, 3, 2]) as Tensor4D, ones([3, 4]) as Tensor as Tensor4D];
  await expectNoLeak(() => {
    expect(() => skew(few)).toThrow("x: expected as many distances as queries=3 or more, got 2");
    expect(() => skew(flat)).toThrow("x: expected [batch, heads, queries, distances], got [3, 4]");
    expect(() => unskew(flat)).toThrow("x: expected [batch, heads, queries, keys], got [3, 4]");
  });
});
