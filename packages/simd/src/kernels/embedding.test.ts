import {
  cast,
  dispose,
  grads,
  ones,
  randomUniform,
  reshape,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  tensor,
  unsortedSegmentSum,
  zeros,
} from "@tensorflow/tfjs-core";
import { embeddingLookup } from "@tx/ops";
import { expectNoLeak } from "@tx/testing";
import { describe, expect, test } from "vitest";
import { expectAsOnCpu, expectInBounds } from "../testing/compare";

const EXACT = { rtol: 0, atol: 0 };
const idsOf = (count: number, rows: number, shape = [count]) =>
  tensor(
    Array.from({ length: count }, (_, n) => (7 * n * n) % rows),
    shape,
    "int32",
  );

/** Rows by id and the gradient of the table. */
function both(rows: number, width: number, ids: Tensor): Tensor[] {
  const table = randomUniform([rows, width], -3, 3, "float32", 3) as Tensor2D;
  const found: Tensor = embeddingLookup(table, ids);
  const dy = randomUniform(found.shape, -3, 3, "float32", 4);
  const [gradient] = grads((t) => embeddingLookup(t as Tensor2D, ids))([table], dy);
  return [found, gradient!];
}

describe("rows by id and the gradient, bit for bit", () => {
  test.each([
    [1, 1, 1],
    [3, 2, 7],
    [5, 3, 2],
    [4, 4, 9],
    [65, 5, 67],
    [2, 15, 33],
    [7, 16, 5],
    [9, 17, 5],
    [31, 33, 67],
    [3, 67, 13],
    [5, 128, 41],
    [2000, 67, 3],
  ])("%d rows of width %d, %d ids", (rows, width, count) =>
    expectAsOnCpu(() => both(rows, width, idsOf(count, rows)), EXACT),
  );

  test("ids of three axes; none; rows of no width", async () => {
    await expectAsOnCpu(() => both(5, 7, idsOf(12, 5, [2, 3, 2])), EXACT);
    await expectAsOnCpu(() => both(5, 7, zeros([2, 0], "int32")), EXACT);
    const found: Tensor = embeddingLookup(zeros([5, 0]), idsOf(3, 5));
    expect(found.shape).toEqual([3, 0]);
  });

  test("infinities and NaN stay in their rows", () =>
    expectAsOnCpu(() => {
      const table = tensor([1, NaN, Infinity, -0, 5, -Infinity], [3, 2]) as Tensor2D;
      const ids = tensor([0, 2, 0], [3], "int32");
      const dy = tensor([NaN, 1, Infinity, 2, 3, -Infinity], [3, 2]);
      const [gradient] = grads((t) => embeddingLookup(t as Tensor2D, ids))([table], dy);
      return [embeddingLookup(table, ids), gradient!];
    }, EXACT));

  test("stays within its memory", async () => {
    for (const width of [3, 16, 37]) await expectInBounds(() => both(3, width, idsOf(5, 3)));
  });
});

test("tables of whole numbers and of bools", () =>
  expectAsOnCpu(() =>
    (["int32", "bool"] as const).map((dtype) => {
      const table = tensor([0, 1, 1, 1, 0, 1], [3, 2], dtype) as Tensor2D;
      return embeddingLookup(table, idsOf(4, 3));
    }),
  ));

test.each([3, -1, 2 ** 31 - 1, -(2 ** 31)])("id %d of three rows is refused", async (id) => {
  const [table, ids] = [zeros([3, 2]) as Tensor2D, tensor([0, id], [2], "int32")];
  await expectNoLeak(() => {
    expect(() => embeddingLookup(table, ids)).toThrow(
      new RangeError(`ids: expected whole numbers in [0, 3), got ${id}`),
    );
  });
});

test("the gradient leaves out ids that are no rows", () =>
  expectAsOnCpu(() => {
    const dy = randomUniform([5, 7], -3, 3, "float32", 4);
    const ids = tensor([3, 0, -1, 2 ** 31 - 1, -(2 ** 31)], [5], "int32");
    return unsortedSegmentSum(dy, ids as Tensor1D, 3);
  }));

describe("UnsortedSegmentSum", () => {
  test.each([
    [[7], 3],
    [[7, 5], 4],
    [[11, 3, 5], 1],
    [[0, 5], 4],
    [[6, 0], 2],
  ])("of %j in %d segments", (shape, segments) =>
    expectAsOnCpu(() => {
      const x = randomUniform(shape, -3, 3, "float32", 6);
      const ids = idsOf(shape[0]!, segments) as Tensor1D;
      return unsortedSegmentSum(x, ids, segments);
    }),
  );

  test("no segments, on which the cpu backend fails", () => {
    const ids = idsOf(6, 1) as Tensor1D;
    expect(unsortedSegmentSum(zeros([6, 5]), ids, 0).shape).toEqual([0, 5]);
  });

  test("whole numbers are the cpu backend's", () =>
    expectAsOnCpu(() => {
      const x = cast(reshape(ones([6]), [3, 2]), "int32");
      return unsortedSegmentSum(x, tensor([1, 0, 1], [3], "int32") as Tensor1D, 2);
    }));
});

test("leaves its results only", async () => {
  const [table, ids, dy] = [zeros([3, 5]) as Tensor2D, idsOf(4, 3), zeros([4, 5])];
  await expectNoLeak(() => {
    const lookUp = (t: Tensor) => embeddingLookup(t as Tensor2D, ids);
    const [gradient] = grads(lookUp)([table], dy);
    dispose([lookUp(table), gradient!]);
  });
});
