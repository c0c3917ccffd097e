import { grads, type Tensor, type Tensor2D, tensor, zeros } from "@tensorflow/tfjs-core";
import { embeddingLookup } from "@tx/ops";
import { expectClose } from "@tx/testing";
import { describe, test } from "vitest";
import { expectAsOnCpu } from "../testing/compare";
import { floats } from "../testing/inputs";

const EXACT = { rtol: 0, atol: 0 };
const ran = ["TxEmbeddingLookup", "TxEmbeddingLookupGrad"];
const idsOf = (count: number, rows: number, shape = [count]) =>
  tensor(
    Array.from({ length: count }, (_, n) => (7 * n * n) % rows),
    shape,
    "int32",
  );

/** Rows by id and the gradient of the table. */
function both(rows: number, width: number, ids: Tensor): Tensor[] {
  const found: Tensor = embeddingLookup(floats([rows, width]) as Tensor2D, ids);
  const dy = floats(found.shape, 4);
  const f = (t: Tensor) => embeddingLookup(t as Tensor2D, ids) as Tensor;
  return [found, ...grads(f)([floats([rows, width])], dy)];
}

describe("rows by id and the gradient, bit for bit", () => {
  test.each([
    [1, 1, 1],
    [3, 2, 7],
    [65, 5, 67],
    [7, 64, 5],
    [9, 65, 255],
    [5, 131, 256],
    [3, 67, 257],
    [2000, 67, 3],
  ])("%d rows of width %d, %d ids", (rows, width, count) =>
    expectAsOnCpu(() => both(rows, width, idsOf(count, rows)), ran, EXACT),
  );

  test("ids of three axes", () =>
    expectAsOnCpu(() => both(5, 7, idsOf(12, 5, [2, 3, 2])), ran, EXACT));

  test("none: the reference", () =>
    expectAsOnCpu(() => embeddingLookup(floats([5, 7]) as Tensor2D, zeros([2, 0], "int32")), []));
});

test("ids that are no rows give zeros, and no gradient", async () => {
  const ids = tensor([3, 0, -1, 2 ** 31 - 1], [4], "int32");
  const table = tensor([1, 2, 3, 4, 5, 6], [3, 2]) as Tensor2D;
  await expectClose(embeddingLookup(table, ids), [0, 0, 1, 2, 0, 0, 0, 0], EXACT);
  const f = (t: Tensor) => embeddingLookup(t as Tensor2D, ids) as Tensor;
  const [gradient] = grads(f)([table], tensor([1, 2, 3, 4, 5, 6, 7, 8], [4, 2]));
  await expectClose(gradient!, [3, 4, 0, 0, 0, 0], EXACT);
});
