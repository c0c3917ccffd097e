import { scalar, type Tensor, tensor1d, tensor2d, tidy, zeros } from "@tensorflow/tfjs-core";
import { ShapeError } from "@tx/core";
import { expectClose } from "@tx/testing";
import { expect, test } from "vitest";
import { partOf, rowSpans } from "./micro-batches";

const spansOf = (rows: number, count: number) =>
  rowSpans([zeros([rows, 2])], count).map(({ start, rows }) => [start, rows]);

test("a batch is cut as evenly as can be, and never into empty parts", () => {
  expect(spansOf(7, 3)).toEqual([
    [0, 3],
    [3, 2],
    [5, 2],
  ]);
  expect(spansOf(6, 2)).toEqual([
    [0, 3],
    [3, 3],
  ]);
  expect(spansOf(2, 5)).toEqual([
    [0, 1],
    [1, 1],
  ]);
  expect(spansOf(5, 1)).toEqual([[0, 5]]);
  for (let rows = 1; rows < 40; rows++) {
    for (let count = 1; count < 12; count++) {
      const spans = spansOf(rows, count);
      const ends = spans.map(([start, rows]) => start! + rows!);
      expect([0, ...ends.slice(0, -1)]).toEqual(spans.map(([start]) => start));
      expect(ends.at(-1)).toBe(rows);
      expect(Math.min(...spans.map(([, rows]) => rows!))).toBeGreaterThan(0);
    }
  }
});

test("a part has the rows of every tensor, and all else as it is", async () => {
  const x = tensor2d([1, 2, 3, 4, 5, 6], [3, 2]);
  const ids = tensor1d([7, 8, 9], "int32");
  const [weight, options] = [scalar(2), { causal: true }];
  const [rows, few, same, also] = partOf([x, ids, weight, options], { start: 1, rows: 2 });
  expect([rows!.shape, few!.shape, few!.dtype]).toEqual([[2, 2], [2], "int32"]);
  await expectClose(rows as Tensor, [3, 4, 5, 6]);
  await expectClose(few as Tensor, [8, 9]);
  expect([same, also]).toEqual([weight, options]);
});

test("refuses what has no rows, or not as many", () => {
  tidy(() => {
    expect(() => rowSpans([scalar(1), "text"], 2)).toThrow(
      new RangeError("microBatches: expected a batch with a tensor of rows, got none"),
    );
    expect(() => rowSpans([zeros([3, 2]), zeros([2])], 2)).toThrow(
      new ShapeError("microBatches: expected tensors of as many rows each, got [3, 2] and [2]"),
    );
    expect(() => rowSpans([zeros([0, 2])], 2)).toThrow(
      new ShapeError("microBatches: expected tensors of as many rows each, got [0, 2]"),
    );
  });
});
