import type { Rng } from "@tx/core";
import { expect, test } from "vitest";
import { cut } from "./batch-options";
import { Batches, type BatchesState } from "./batches";
import { shuffled } from "./shuffled";

const source = (settings: Record<string, number | boolean> = { items: 7 }) => ({
  settings,
  plan: (rng: Rng) => cut(shuffled(7, rng), 3),
  make: (items: Int32Array) => [...items],
});

const take = (batches: Batches<number[]>, count: number) =>
  Array.from({ length: count }, () => batches.next());

test("an epoch has every item once, and each epoch its own order", () => {
  const batches = new Batches(source(), 5);
  expect(batches.batchesPerEpoch).toBe(3);
  const epochs = Array.from({ length: 4 }, () => take(batches, 3).flat());
  for (const epoch of epochs) expect([...epoch].sort()).toEqual([0, 1, 2, 3, 4, 5, 6]);
  expect(new Set(epochs.map(String)).size).toBe(4);
  expect([batches.epoch, batches.position]).toEqual([3, 3]);
});

test("the same seed gives the same batches, another others", () => {
  const first = take(new Batches(source(), 5), 20);
  expect(take(new Batches(source(), 5), 20)).toEqual(first);
  expect(take(new Batches(source(), 6), 20)).not.toEqual(first);
});

test("from every place the saved state goes on with the very batches that would have come", () => {
  const whole = take(new Batches(source(), 11), 17);
  for (let done = 0; done < 12; done++) {
    const interrupted = new Batches(source(), 11);
    take(interrupted, done);
    const saved = JSON.parse(JSON.stringify(interrupted.state())) as BatchesState;
    const resumed = new Batches(source(), 99);
    take(resumed, 5);
    resumed.loadState(saved);
    expect(resumed.state()).toEqual(saved);
    expect(take(resumed, 5)).toEqual(whole.slice(done, done + 5));
    expect([resumed.epoch, resumed.position]).toEqual([
      Math.ceil((done + 5) / 3) - 1,
      ((done + 4) % 3) + 1,
    ]);
  }
});

test("the rest of an epoch ends with it, and is the next one at its end", () => {
  const batches = new Batches(source(), 3);
  batches.next();
  expect([...batches.restOfEpoch()]).toHaveLength(2);
  expect([...batches.restOfEpoch()]).toHaveLength(3);
  expect(batches.epoch).toBe(1);
  for (const _ of batches.restOfEpoch()) break;
  expect([batches.epoch, batches.position]).toEqual([2, 1]);
  for (const _ of batches.restOfEpoch()) take(batches, 3);
  expect(batches.epoch).toBe(3);
});

test("a batch that cannot be made moves nothing", () => {
  let broken = true;
  const batches = new Batches({
    ...source(),
    make(items: Int32Array) {
      if (broken) throw new Error("disk");
      return [...items];
    },
  });
  expect(() => batches.next()).toThrow("disk");
  expect(batches.position).toBe(0);
  broken = false;
  expect(batches.next()).toEqual(new Batches(source()).next());
});

test("a state that does not fit is refused by name and changes nothing", () => {
  const batches = new Batches(source(), 3);
  take(batches, 4);
  const state = batches.state();
  const load = (change: object) => () => batches.loadState({ ...state, ...change });
  expect(load({ version: 2 })).toThrow(new RangeError("version: expected 1, got 2"));
  expect(load({ settings: { items: 9 } })).toThrow(
    new RangeError("items: expected 9, as in the saved state, got 7"),
  );
  expect(load({ settings: undefined })).toThrow("items: expected undefined");
  expect(load({ position: 4 })).toThrow(new RangeError("position: expected at most 3, got 4"));
  expect(load({ epoch: -1 })).toThrow("epoch: expected a whole number from 0, got -1");
  expect(load({ rng: 0.5 })).toThrow("expected a whole number, got 0.5");
  expect(() => batches.loadState(null as unknown as BatchesState)).toThrow("version: expected 1");
  expect(batches.state()).toEqual(state);
  expect(() => new Batches(source(), 0.5)).toThrow("seed: expected a whole number, got 0.5");
});
