import { grad, ones, type Tensor, type Tensor2D, tensor, zeros } from "@tensorflow/tfjs-core";
import { expectClose, expectGradients, expectNoLeak } from "@tx/testing";
import { describe, expect, test } from "vitest";
import { ShapeError } from "../shapes";
import { embeddingLookup } from "./embedding-lookup";

const [rows, width] = [5, 3];
/** Row r holds 10 r, 10 r + 1, 10 r + 2. */
const table = () =>
  tensor(
    Array.from({ length: rows * width }, (_, n) => 10 * Math.floor(n / width) + (n % width)),
    [rows, width],
  ) as Tensor2D;

const idsOf = (values: number[], shape: number[]) => tensor(values, shape, "int32");

describe.each<[number[], number[]]>([
  [[4], [3, 0, 3, 1]],
  [
    [2, 2],
    [3, 0, 3, 1],
  ],
  [
    [1, 2, 4],
    [4, 4, 4, 0, 2, 4, 0, 1],
  ],
])("ids of %j", (shape, values) => {
  test("rows in the order of the ids", async () => {
    const found: Tensor = embeddingLookup(table(), idsOf(values, shape));
    expect(found.shape).toEqual([...shape, width]);
    await expectClose(
      found,
      values.flatMap((id) => [10 * id, 10 * id + 1, 10 * id + 2]),
    );
  });

  test("gradient by finite differences", () =>
    expectGradients((t) => embeddingLookup(t as Tensor2D, idsOf(values, shape)), [table()]));

  test("the gradient adds up over repeated ids and is 0 for rows not asked for", async () => {
    const ids = idsOf(values, shape);
    const dy = ones([...shape, width]);
    const gradient = grad((t) => embeddingLookup(t as Tensor2D, ids))(table(), dy);
    expect(gradient.shape).toEqual([rows, width]);
    const counts = Array.from(
      { length: rows },
      (_, row) => values.filter((id) => id === row).length,
    );
    await expectClose(
      gradient,
      counts.flatMap((count) => [count, count, count]),
    );
  });
});

test("no ids give no rows", () => {
  expect((embeddingLookup(table(), zeros([0], "int32")) as Tensor).shape).toEqual([0, width]);
});

describe("refuses, and leaves nothing behind", () => {
  test.each<[string, Tensor, Tensor, Error]>([
    [
      "a table of rank 1",
      zeros([5]),
      idsOf([0], [1]),
      new ShapeError("table: expected [rows, width], got [5]"),
    ],
    ["float ids", zeros([5, 3]), zeros([2]), new RangeError("ids: expected int32, got float32")],
    [
      "one id alone",
      zeros([5, 3]),
      idsOf([1], []),
      new ShapeError("ids: expected one axis or more, got []"),
    ],
  ])("%s", async (_, table, ids, error) => {
    await expectNoLeak(() => {
      expect(() => embeddingLookup(table as Tensor2D, ids)).toThrow(error);
    });
  });
});
