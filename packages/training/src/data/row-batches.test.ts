import { expect, test } from "vitest";
import { rowsTensor } from "./int-rows";
import { rowBatches } from "./row-batches";

const rows = (count: number, columns: number) => ({
  values: Int32Array.from({ length: count * columns }, (_, n) => Math.floor(n / columns)),
  shape: [count, columns] as const,
});

test("rows of all kinds stay together", () => {
  const batches = rowBatches({ tokens: rows(7, 3), labels: rows(7, 2) }, { batchSize: 3, seed: 5 });
  const seen: number[] = [];
  for (const { tokens, labels } of batches.restOfEpoch()) {
    expect([tokens.shape[1], labels.shape[1]]).toEqual([3, 2]);
    for (let row = 0; row < tokens.shape[0]; row++) {
      const number = tokens.values[row * 3]!;
      expect([...tokens.values.subarray(row * 3, row * 3 + 3)]).toEqual([number, number, number]);
      expect([...labels.values.subarray(row * 2, row * 2 + 2)]).toEqual([number, number]);
      seen.push(number);
    }
  }
  expect(seen.sort()).toEqual([0, 1, 2, 3, 4, 5, 6]);
});

test("nonsense is refused by name", () => {
  expect(() => rowBatches({ a: rows(3, 2), b: rows(2, 2) }, { batchSize: 1 })).toThrow(
    "b: expected 3 rows as a, got 2",
  );
  expect(() => rowBatches({}, { batchSize: 1 })).toThrow(
    "rows: expected a whole number from 1, got 0",
  );
  expect(() => rowsTensor({ values: new Int32Array(5), shape: [2, 3] })).toThrow(
    "rows: expected 2 × 3 values, got 5",
  );
});
