import { expectClose, expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import { type SinusoidalLayout, sinusoidalTable } from "./index";

/** The formulas of the paper, column by column. */
function wanted(positions: number[], dModel: number, base: number, layout: SinusoidalLayout) {
  const half = Math.ceil(dModel / 2);
  const sine = (position: number, pair: number) =>
    Math.sin(position / base ** ((2 * pair) / dModel));
  const cosine = (position: number, pair: number) =>
    Math.cos(position / base ** ((2 * pair) / dModel));
  const entry = {
    interleaved: (position: number, column: number) =>
      (column % 2 === 0 ? sine : cosine)(position, Math.floor(column / 2)),
    concat: (position: number, column: number) =>
      column < half ? sine(position, column) : cosine(position, column - half),
  };
  return positions.flatMap((position) =>
    Array.from({ length: dModel }, (_, column) => entry[layout](position, column)),
  );
}

const layouts: SinusoidalLayout[] = ["interleaved", "concat"];
const positions = [0, 1, 2, 11, -3, 100_003];

test.each(layouts)("%s: each column is its wave, for any width and base", async (layout) => {
  for (const dModel of [1, 2, 6, 7]) {
    for (const base of [10_000, 3.7, 0.5, 5e5]) {
      const table = sinusoidalTable(positions, dModel, { base, layout });
      expect(table.shape).toEqual([6, dModel]);
      await expectClose(table, wanted(positions, dModel, base, layout));
    }
  }
});

test("is interleaved with base 10000 by default", async () => {
  await expectClose(sinusoidalTable([5, 3], 5), wanted([5, 3], 5, 10_000, "interleaved"));
});

test("refuses nonsense by name, and leaves nothing behind", async () => {
  await expectNoLeak(() => {
    expect(() => sinusoidalTable([0], 0)).toThrow(
      new RangeError("dModel: expected a whole number from 1, got 0"),
    );
    for (const base of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => sinusoidalTable([0], 4, { base })).toThrow(
        new RangeError(`base: expected a positive number, got ${base}`),
      );
    }
    expect(() => sinusoidalTable([0], 4, { layout: "mixed" as SinusoidalLayout })).toThrow(
      new RangeError('layout: expected "interleaved" or "concat", got "mixed"'),
    );
  });
});

test("leaves its result only", async () => {
  await expectNoLeak(() => {
    sinusoidalTable([1, 2], 3).dispose();
  });
});
