import { expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import { causalBatches } from "./causal-batches";
import { rowsTensor } from "./int-rows";

const text = (length: number) => Int32Array.from({ length }, (_, n) => n);
const rowsOf = ({
  values,
  shape: [rows, columns],
}: {
  values: Int32Array;
  shape: readonly [number, number];
}) =>
  Array.from({ length: rows }, (_, row) => [
    ...values.subarray(row * columns, (row + 1) * columns),
  ]);

test("in order: windows of length + 1 that share one token, so that each is predicted once", () => {
  const batches = causalBatches(text(14), { length: 3, batchSize: 3, shuffle: false });
  expect([...batches.restOfEpoch()].map(rowsOf)).toEqual([
    [
      [0, 1, 2, 3],
      [3, 4, 5, 6],
      [6, 7, 8, 9],
    ],
    [[9, 10, 11, 12]],
  ]);
});

test("shuffled: every window once an epoch, seeded, and the last batch dropped if asked", () => {
  const options = { length: 5, batchSize: 4, seed: 7 };
  const batches = causalBatches(text(5 * 11 + 1), options);
  const starts = () => [...batches.restOfEpoch()].flatMap(rowsOf).map(([first]) => first!);
  const [first, second] = [starts(), starts()];
  expect(first).not.toEqual(second);
  for (const epoch of [first, second]) {
    expect(epoch.sort((a, b) => a - b)).toEqual(Array.from({ length: 11 }, (_, n) => 5 * n));
  }
  const dropping = causalBatches(text(5 * 11 + 1), { ...options, dropLast: true });
  expect([...dropping.restOfEpoch()].map(({ shape }) => shape)).toEqual([
    [4, 6],
    [4, 6],
  ]);
});

test("a stride of its own overlaps windows or leaves gaps", () => {
  const firsts = (stride: number) =>
    rowsOf(
      causalBatches(text(11), { length: 4, stride, batchSize: 99, shuffle: false }).next(),
    ).map(([first]) => first);
  expect(firsts(3)).toEqual([0, 3, 6]);
  expect(firsts(6)).toEqual([0, 6]);
  expect(firsts(7)).toEqual([0]);
});

test("a state of other data or sizes is refused", () => {
  const options = { length: 5, batchSize: 4 };
  const state = causalBatches(text(60), options).state();
  expect(() => causalBatches(text(61), options).loadState(state)).toThrow(
    "tokens: expected 60, as in the saved state, got 61",
  );
  expect(() => causalBatches(text(60), { ...options, length: 3 }).loadState(state)).toThrow(
    "length: expected 5, as in the saved state, got 3",
  );
  expect(() => causalBatches(text(60), { ...options, dropLast: true }).loadState(state)).toThrow(
    "dropLast: expected false, as in the saved state, got true",
  );
});

test("a batch becomes an int32 tensor of its own memory", async () => {
  const rows = causalBatches([3, 1, 4, 1, 5], { length: 2, batchSize: 2, shuffle: false }).next();
  await expectNoLeak(async () => {
    const tensor = rowsTensor(rows);
    rows.values[0] = 9;
    expect([tensor.dtype, await tensor.array()]).toEqual([
      "int32",
      [
        [3, 1, 4],
        [4, 1, 5],
      ],
    ]);
    rows.values[0] = 3;
    tensor.dispose();
  });
});

test("nonsense is refused by name", () => {
  const options = { length: 5, batchSize: 4 };
  expect(() => causalBatches(text(5), options)).toThrow(
    new RangeError("tokens: expected at least length + 1 = 6, got 5"),
  );
  expect(() => causalBatches([1, 2.5, 3], { ...options, length: 2 })).toThrow(
    new RangeError("tokens: expected whole numbers of 32 bits, got 2.5"),
  );
  expect(() => causalBatches(text(60), { ...options, length: 0 })).toThrow("length: expected");
  expect(() => causalBatches(text(60), { ...options, stride: 0 })).toThrow("stride: expected");
  expect(() => causalBatches(text(60), { ...options, batchSize: 0 })).toThrow(
    "batchSize: expected",
  );
  expect(() => causalBatches(text(60), { ...options, batchSize: 12, dropLast: true })).toThrow(
    new RangeError("batchSize: expected at most the 11 rows of an epoch with dropLast, got 12"),
  );
});
