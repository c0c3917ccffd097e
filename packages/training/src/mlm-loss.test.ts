import { randomNormal, type Tensor2D, type Tensor3D, tensor2d, zeros } from "@tensorflow/tfjs-core";
import { embeddingLookup } from "@tx/ops";
import { expectClose, expectGradients, expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import { mlmLoss } from "./index";
import { crossEntropies, mean } from "./testing/cross-entropies";

const VOCAB = 5;
const IDS = [
  [3, 4, 4],
  [0, 2, 4],
];
const LABELS = [
  [-100, 1, 4],
  [-100, -100, 3],
];
const ints = (rows: number[][]): Tensor2D => tensor2d(rows, undefined, "int32");
const tableOf = (): Tensor2D => randomNormal([VOCAB, VOCAB], 0, 1, "float32", 6);
const forwardOf = (table: Tensor2D) => (ids: Tensor2D) => embeddingLookup<Tensor3D>(table, ids);

test("is the mean over the places that are asked for", async () => {
  const table = tableOf();
  const rows = await table.array();
  const wanted = (smoothing?: number) =>
    mean(crossEntropies(rows, [4, 4, 4], [1, 4, 3], smoothing));
  const loss = mlmLoss(forwardOf(table), ints(IDS), ints(LABELS));
  expect(loss.shape).toEqual([]);
  await expectClose(loss, [wanted()]);
  const smooth = mlmLoss(forwardOf(table), ints(IDS), ints(LABELS), { labelSmoothing: 0.1 });
  await expectClose(smooth, [wanted(0.1)]);
  const sum = mlmLoss(forwardOf(table), ints(IDS), ints(LABELS), { reduction: "sum" });
  await expectClose(sum, [3 * wanted()]);
});

test("hands on another ignored label", async () => {
  const table = tableOf();
  const labels = ints(LABELS.map((row) => row.map((label) => Math.max(label, 0))));
  await expectClose(
    mlmLoss(forwardOf(table), ints(IDS), labels, { ignoreIndex: 0 }),
    await mlmLoss(forwardOf(table), ints(IDS), ints(LABELS)).data(),
  );
});

test("asked for nothing, it is 0", async () => {
  const labels = ints([[-100, -100, -100]]);
  await expectClose(mlmLoss(forwardOf(tableOf()), ints([[1, 2, 3]]), labels), [0]);
});

test("has the gradients that differences give", async () => {
  const [ids, labels] = [ints(IDS), ints(LABELS)];
  await expectGradients((table: Tensor2D) => mlmLoss(forwardOf(table), ids, labels), [tableOf()]);
});

test("refuses shapes that do not fit, and leaves nothing behind", async () => {
  const [ids, labels, line] = [ints(IDS), ints(LABELS), zeros([3], "int32")];
  const [short, forward] = [ints([[1, 2]]), forwardOf(tableOf())];
  await expectNoLeak(() => {
    expect(() => mlmLoss(forward, line as unknown as Tensor2D, labels)).toThrow(
      "ids: expected [batch, seq], got [3]",
    );
    expect(() => mlmLoss(forward, ids, short)).toThrow(
      "labels: expected [batch=2, seq=3], got [1, 2]",
    );
    mlmLoss(forward, ids, labels).dispose();
  });
});
