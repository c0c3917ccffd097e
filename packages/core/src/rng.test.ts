import { describe, expect, test } from "vitest";
import { Rng } from "./rng";

const drawn = <T>(count: number, draw: () => T): T[] => Array.from({ length: count }, draw);
/** A stream whose next 32 bits are all zero: the extreme that chance would hardly find. */
const atZero = () => Rng.fromState(-0x6d2b79f5);

test("is Mulberry32", () => {
  const rng = new Rng(1);
  expect(drawn(3, () => rng.uniform())).toEqual([
    0.6270739405881613, 0.002735721180215478, 0.5274470399599522,
  ]);
});

test.each([0, 1, -1, 12345, 2 ** 31, 2 ** 40])(
  "seed %i repeats, and differs from its neighbour",
  (seed) => {
    const [a, b, other] = [new Rng(seed), new Rng(seed), new Rng(seed + 1)];
    const first = drawn(20, () => a.uniform());
    expect(drawn(20, () => b.uniform())).toEqual(first);
    expect(drawn(20, () => other.uniform())).not.toEqual(first);
  },
);

test("goes on from a saved place, also through JSON", () => {
  const rng = new Rng(7);
  drawn(13, () => rng.uniform());
  const state = JSON.parse(JSON.stringify(rng.state)) as number;
  const ahead = drawn(20, () => rng.nextSeed());
  const restored = Rng.fromState(state);
  expect(restored.state).toBe(state);
  expect(drawn(20, () => restored.nextSeed())).toEqual(ahead);
  expect(restored.state).toBe(rng.state);
});

test("is moved to a saved place", () => {
  const [rng, other] = [new Rng(7), new Rng(11)];
  rng.uniform();
  other.state = rng.state;
  expect(other.nextSeed()).toBe(rng.nextSeed());
  expect(() => {
    other.state = 0.5;
  }).toThrow(new RangeError("state: expected a whole number, got 0.5"));
  expect(other.state).toBe(rng.state);
});

test("seeds are whole numbers in [1, 2³¹], never 0", () => {
  const rng = new Rng(3);
  for (const seed of drawn(2000, () => rng.nextSeed())) {
    expect(Number.isInteger(seed) && seed >= 1 && seed <= 2 ** 31).toBe(true);
  }
  expect(atZero().nextSeed()).toBe(1);
});

test("uniform numbers are in [0, 1) and evenly spread", () => {
  const rng = new Rng(4);
  const numbers = drawn(10_000, () => rng.uniform());
  expect(numbers.every((x) => x >= 0 && x < 1)).toBe(true);
  for (let tenth = 0; tenth < 10; tenth++) {
    const share = numbers.filter((x) => Math.floor(x * 10) === tenth).length / 10_000;
    // Four deviations of 10 000 draws at one in ten.
    expect(Math.abs(share - 0.1)).toBeLessThan(4 * Math.sqrt((0.1 * 0.9) / 10_000));
  }
  expect(atZero().uniform()).toBe(0);
});

describe("whole numbers", () => {
  test("below 6: all of them, evenly", () => {
    const rng = new Rng(5);
    const counts = Array<number>(6).fill(0);
    for (const n of drawn(6000, () => rng.integer(6))) counts[n]! += 1;
    expect(counts).toHaveLength(6);
    for (const count of counts) {
      expect(Math.abs(count - 1000)).toBeLessThan(4 * Math.sqrt(6000 * (1 / 6) * (5 / 6)));
    }
  });

  test("below 1 there is 0, and 2³² is the most", () => {
    const rng = new Rng(6);
    expect(drawn(5, () => rng.integer(1))).toEqual([0, 0, 0, 0, 0]);
    const largest = Math.max(...drawn(1000, () => rng.integer(2 ** 32)));
    expect(largest).toBeGreaterThan(2 ** 31);
    expect(largest).toBeLessThan(2 ** 32);
  });

  test.each([0, -1, 1.5, Number.NaN, 2 ** 32 + 1])("refuses below %d", (below) => {
    const message = `below: expected a whole number in [1, 2^32], got ${below}`;
    const rng = new Rng(1);
    const { state } = rng;
    expect(() => rng.integer(below)).toThrow(new RangeError(message));
    expect(rng.state).toBe(state);
  });
});

test.each([0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])("refuses seed %d", (seed) => {
  const message = `seed: expected a whole number, got ${seed}`;
  expect(() => new Rng(seed)).toThrow(new RangeError(message));
  expect(() => Rng.fromState(seed)).toThrow(new RangeError(message));
});
