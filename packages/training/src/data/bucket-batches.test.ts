import { Rng } from "@tx/core";
import { expect, test } from "vitest";
import { bucketBatches } from "./bucket-batches";

const rng = new Rng(3);
/** Sequences of 1 to 40 tokens; each holds its own number. */
const sequences = Array.from({ length: 101 }, (_, n) =>
  new Int32Array(1 + rng.integer(40)).fill(n + 1),
);

test("an epoch has every sequence once, whole, padded to the longest of its batch", () => {
  const batches = bucketBatches(sequences, { batchSize: 7, seed: 5, padId: -1 });
  const seen: number[] = [];
  for (const { tokens, lengths, visible, items } of batches.restOfEpoch()) {
    const [rows, columns] = tokens.shape;
    expect(columns).toBe(Math.max(...lengths));
    for (let row = 0; row < rows; row++) {
      const own = sequences[items[row]!]!;
      const at = (values: Int32Array) => [...values.subarray(row * columns, (row + 1) * columns)];
      const rest = columns - own.length;
      expect(lengths[row]).toBe(own.length);
      expect(at(tokens.values)).toEqual([...own, ...Array(rest).fill(-1)]);
      expect(at(visible.values)).toEqual([...own.map(() => 1), ...Array(rest).fill(0)]);
    }
    seen.push(...items);
  }
  expect(seen.sort((a, b) => a - b)).toEqual(sequences.map((_, n) => n));
});

test("lengths in a batch are similar: far less is padded than without buckets", () => {
  const padded = (pool: number) => {
    let places = 0;
    for (const { tokens } of bucketBatches(sequences, { batchSize: 7, pool }).restOfEpoch()) {
      places += tokens.values.length;
    }
    return places - sequences.reduce((sum, { length }) => sum + length, 0);
  };
  expect(padded(100)).toBeLessThan(padded(1) / 5);
  expect(padded(4)).toBeLessThan(padded(1));
});

test("batches come in random order, others each epoch, the same for a seed, and go on from a state", () => {
  const make = (seed: number) => bucketBatches(sequences, { batchSize: 7, pool: 3, seed });
  const items = (batches: ReturnType<typeof make>, count: number) =>
    Array.from({ length: count }, () => [...batches.next().items]);
  const [one, other] = [make(5), make(5)];
  expect(items(one, 15)).toEqual(items(other, 15));
  expect(items(make(6), 15)).not.toEqual(items(make(5), 15));
  const resumed = make(0);
  resumed.loadState(JSON.parse(JSON.stringify(one.state())));
  expect(items(resumed, 20)).toEqual(items(one, 20));
  const widths = Array.from({ length: 15 }, () => one.next().tokens.shape[1]);
  expect(widths).not.toEqual([...widths].sort((a, b) => a - b));
});

test("what dropLast leaves out is random and not the longest", () => {
  const batches = bucketBatches(sequences, { batchSize: 7, dropLast: true, seed: 2 });
  const missing = Array.from({ length: 9 }, () => {
    const seen = new Set([...batches.restOfEpoch()].flatMap(({ items }) => [...items]));
    return sequences.flatMap((_, n) => (seen.has(n) ? [] : [n]));
  });
  for (const left of missing) expect(left).toHaveLength(101 % 7);
  expect(new Set(missing.map(String)).size).toBe(9);
});

test("without shuffling, pools in the order of the data", () => {
  const lengths = [3, 1, 2, 5, 4];
  const batches = bucketBatches(
    lengths.map((length) => new Int32Array(length)),
    { batchSize: 2, pool: 2, shuffle: false },
  );
  expect([...batches.restOfEpoch()].map(({ items }) => [...items])).toEqual([[1, 2], [0, 3], [4]]);
});

test("padding on the left and to a multiple", () => {
  const batches = bucketBatches([[1, 2, 3], [4]], {
    ...{ batchSize: 2, shuffle: false, side: "left", multipleOf: 4 },
  });
  const { tokens, visible } = batches.next();
  expect([...tokens.values]).toEqual([0, 0, 0, 4, 0, 1, 2, 3]);
  expect([...visible.values]).toEqual([0, 0, 0, 1, 0, 1, 1, 1]);
});

test("nonsense is refused by name", () => {
  const options = { batchSize: 2 };
  expect(() => bucketBatches([], options)).toThrow("rows: expected a whole number from 1, got 0");
  expect(() => bucketBatches([[1], []], options)).toThrow(
    new RangeError("sequences[1].length: expected a whole number from 1, got 0"),
  );
  expect(() => bucketBatches([[1], [0.5]], options)).toThrow(
    "sequences[1]: expected whole numbers of 32 bits, got 0.5",
  );
  expect(() => bucketBatches([[1]], { ...options, pool: 0 })).toThrow("pool: expected");
  expect(() => bucketBatches([[1]], { ...options, multipleOf: 0 })).toThrow("multipleOf: expected");
  expect(() => bucketBatches([[1]], { ...options, side: "top" as "left" })).toThrow(
    "side: expected right or left, got top",
  );
});
