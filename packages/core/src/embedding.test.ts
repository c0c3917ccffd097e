import { sum, type Tensor, tensor, variableGrads } from "@tensorflow/tfjs-core";
import { expectClose, expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import { Embedding } from "./embedding";
import { normal } from "./initializers";
import { Rng } from "./rng";

const made = () =>
  new Embedding(5, 3, {
    init: () =>
      tensor(
        Array.from({ length: 15 }, (_, n) => n),
        [5, 3],
      ),
  });
const ids = (values: number[], shape: number[]) => tensor(values, shape, "int32");

test("owns a table", () => {
  const shapes = [...made().parameters()].map(([path, { shape }]) => [path, shape]);
  expect(shapes).toEqual([["table", [5, 3]]]);
});

test.each([[[2]], [[1, 2]], [[2, 1, 1]]])("reads rows by ids of %j", async (shape) => {
  const rows: Tensor = made().forward(ids([4, 1], shape));
  expect(rows.shape).toEqual([...shape, 3]);
  await expectClose(rows, [12, 13, 14, 3, 4, 5]);
});

test("trains: the gradient counts how often a row was read", async () => {
  const embedding = made();
  const { grads } = variableGrads(() => sum(embedding.forward(ids([4, 1, 4], [3]))));
  const counts = [0, 1, 0, 0, 2].flatMap((count) => [count, count, count]);
  await expectClose(grads[embedding.table.name]!, counts);
});

test("frees all it made", async () => {
  const asked = ids([4, 1], [2]);
  await expectNoLeak(() => {
    const embedding = new Embedding(5, 3, { init: normal(1, new Rng(1)) });
    (embedding.forward(asked) as Tensor).dispose();
    embedding.dispose();
  });
});

test.each([
  [0, 3, "rows: expected a whole number from 1, got 0"],
  [5, 0.5, "width: expected a whole number from 1, got 0.5"],
])("refuses %d rows and a width of %d, and leaves nothing behind", (rows, width, message) =>
  expectNoLeak(() => {
    const init = normal(1, new Rng(1));
    expect(() => new Embedding(rows, width, { init })).toThrow(new RangeError(message));
  }),
);

test("refuses ids that are no whole numbers", () => {
  expect(() => made().forward(tensor([1, 2]))).toThrow(
    new RangeError("ids: expected int32, got float32"),
  );
});
