import { describe, expect, test } from "vitest";
import { drawScales, dropoutConstants, dropoutScales, randomBits } from "./random-bits";

const bitsOf = (seed: number, count: number) =>
  Array.from({ length: count }, (_, index) => randomBits(seed, index));

describe("randomBits", () => {
  test("these numbers for good: every engine's kernel draws them too", () => {
    expect(bitsOf(0, 3)).toEqual([340428713, 4271071020, 67527440]);
    expect(bitsOf(1, 3)).toEqual([1844665076, 3770593586, 1273387693]);
    expect(randomBits(2 ** 31, 2 ** 31)).toBe(1232449565);
    expect(randomBits(-7, 1_000_003)).toBe(1592962213);
  });

  test("whole numbers in [0, 2³²) that depend on seed and index alone", () => {
    for (const bits of bitsOf(17, 1000)) {
      expect(Number.isInteger(bits) && bits >= 0 && bits < 2 ** 32).toBe(true);
    }
    expect(randomBits(17, 999)).toBe(bitsOf(17, 1000)[999]);
  });

  test.each([0, 1, 2, 12345, 2 ** 31, -1])("each bit is set half the time, seed %i", (seed) => {
    const drawn = bitsOf(seed, 8192);
    for (let bit = 0; bit < 32; bit++) {
      const share = drawn.filter((bits) => (bits >>> bit) & 1).length / drawn.length;
      // Four standard deviations of 8192 fair coins.
      expect(Math.abs(share - 0.5), `bit ${bit}`).toBeLessThan((4 * 0.5) / Math.sqrt(8192));
    }
  });

  test("neighbours in index or seed agree in half of their bits", () => {
    const ones = (bits: number) => bits.toString(2).replaceAll("0", "").length;
    const meanOver = (distance: (n: number) => number) =>
      Array.from({ length: 4096 }, (_, n) => distance(n)).reduce((sum, d) => sum + d, 0) / 4096;
    const byIndex = meanOver((n) => ones((randomBits(3, n) ^ randomBits(3, n + 1)) >>> 0));
    const bySeed = meanOver((n) => ones((randomBits(n, 3) ^ randomBits(n + 1, 3)) >>> 0));
    expect(Math.abs(byIndex - 16)).toBeLessThan(0.2);
    expect(Math.abs(bySeed - 16)).toBeLessThan(0.2);
  });

  test("no two of 256 nearby seeds share a number, so no stream is another one shifted", () => {
    const drawn = Array.from({ length: 256 }, (_, seed) => bitsOf(seed - 64, 64)).flat();
    expect(new Set(drawn).size).toBe(drawn.length);
  });
});

describe("dropoutScales", () => {
  test.each([0.1, 0.5, 0.9])("keeps what randomBits says, scaled up: rate %d", (rate) => {
    const scales = dropoutScales(1000, rate, 42);
    const threshold = Math.floor(rate * 2 ** 32);
    const kept = Math.fround(1 / (1 - rate));
    expect([...scales]).toEqual(bitsOf(42, 1000).map((bits) => (bits >= threshold ? kept : 0)));
  });

  test("of some elements are those of all, wherever they start", () => {
    const all = dropoutScales(1000, 0.3, 5);
    const some = new Float32Array(40);
    drawScales(some, 917, dropoutConstants(0.3, 5));
    expect(some).toEqual(all.slice(917, 957));
  });

  test("rate 0 keeps everything as it is", () => {
    expect([...dropoutScales(5, 0, 7)]).toEqual([1, 1, 1, 1, 1]);
  });

  test.each([0.1, 0.5, 0.9])("zeroes close to the share %d, for any seed", (rate) => {
    for (const seed of [0, 1, 2, 99, 2 ** 31]) {
      const zeros = dropoutScales(10_000, rate, seed).filter((scale) => scale === 0).length;
      const deviation = Math.sqrt((rate * (1 - rate)) / 10_000);
      expect(Math.abs(zeros / 10_000 - rate)).toBeLessThan(4 * deviation);
    }
  });
});
