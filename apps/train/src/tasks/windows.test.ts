import { Rng } from "@tx/core";
import { describe, expect, it } from "vitest";
import { drawBatch, evenWindows, splitAt } from "./windows";

const count = (length: number) => Int32Array.from({ length }, (_, id) => id);

describe("splitAt", () => {
  it("leaves the last tenth, rounded up, for the evaluation", () => {
    expect([splitAt(100), splitAt(7), splitAt(1_213_006)]).toEqual([90, 6, 1_091_705]);
  });
});

describe("drawBatch", () => {
  const size = { batch: 3, length: 5 };

  it("cuts pieces of length + 1 out of the text", () => {
    const pieces = drawBatch(count(101), size, new Rng(7));
    expect(pieces.length).toBe(3 * 6);
    for (let row = 0; row < 3; row++) {
      const piece = [...pieces.subarray(row * 6, row * 6 + 6)];
      expect(piece).toEqual(piece.map((_, i) => piece[0]! + i));
    }
  });

  it("draws the same for the same seed and goes on from a saved place", () => {
    const rng = new Rng(7);
    const [first, second] = [drawBatch(count(101), size, rng), rng.state];
    expect(drawBatch(count(101), size, new Rng(7))).toEqual(first);
    expect(drawBatch(count(101), size, Rng.fromState(second))).toEqual(
      drawBatch(count(101), size, rng),
    );
  });

  it("reaches the first and the last piece", () => {
    const rng = new Rng(11);
    const starts = new Set<number>();
    for (let i = 0; i < 100; i++) starts.add(drawBatch(count(7), { batch: 1, length: 5 }, rng)[0]!);
    expect(starts).toEqual(new Set([0, 1]));
  });
});

describe("evenWindows", () => {
  const starts = (ids: number, length: number, characters: number) =>
    evenWindows(count(ids), length, characters).map((window) => window[0]);

  it("predicts every id that fits a whole piece, and none twice", () => {
    expect(starts(17, 5, 1000)).toEqual([0, 5, 10]);
    expect(evenWindows(count(17), 5, 1000).every((window) => window.length === 6)).toBe(true);
  });

  it("spreads fewer pieces over the whole", () => {
    expect(starts(101, 5, 25)).toEqual([0, 20, 40, 60, 80]);
  });

  it("gives one piece at least", () => {
    expect(starts(6, 5, 1)).toEqual([0]);
  });
});
