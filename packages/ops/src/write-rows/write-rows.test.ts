import { type Tensor4D, tensor4d } from "@tensorflow/tfjs-core";
import { expectClose, expectNoLeak } from "@tx/testing";
import { describe, expect, test } from "vitest";
import { writeRows } from "./write-rows";

const numbered = (shape: [number, number, number, number], from = 0): Tensor4D =>
  tensor4d(
    Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => from + i),
    shape,
  );

describe.each([false, true])("with overwrite %s", (overwrite) => {
  test.each([
    [0, 2],
    [2, 3],
    [4, 1],
    [1, 0],
    [0, 5],
  ])("replaces the rows from %i on by %i others", async (start, count) => {
    const [batch, heads, size, width] = [2, 3, 5, 7];
    const before = Array.from({ length: batch * heads * size * width }, (_, i) => i);
    const rows = numbered([batch, heads, count, width], 1000);
    const wanted = before.map((value, i) => {
      const [head, row, column] = [
        Math.floor(i / (size * width)),
        Math.floor(i / width) % size,
        i % width,
      ];
      const own = row >= start && row < start + count;
      return own ? 1000 + (head * count + row - start) * width + column : value;
    });
    const result = writeRows(numbered([batch, heads, size, width]), rows, { start, overwrite });
    expect(result.shape).toEqual([batch, heads, size, width]);
    await expectClose(result, wanted, { rtol: 0, atol: 0 });
  });
});

describe.each([false, true])("with heads side by side, overwrite %s", (overwrite) => {
  test.each([
    [0, 2],
    [2, 3],
    [4, 1],
    [1, 0],
    [0, 5],
  ])("replaces the rows from %i on by %i others", async (start, count) => {
    const [batch, heads, size, width] = [2, 3, 5, 7];
    const row = heads * width;
    const rows = numbered([batch, count, heads, width], 1000);
    const wanted = Array.from({ length: batch * size * row }, (_, i) => {
      const [entry, at] = [Math.floor(i / (size * row)), Math.floor(i / row) % size];
      const own = at >= start && at < start + count;
      return own ? 1000 + (entry * count + at - start) * row + (i % row) : i;
    });
    const buffer = numbered([batch, size, heads, width]);
    const result = writeRows(buffer, rows, { start, overwrite, layout: "bshd" });
    expect(result.shape).toEqual([batch, size, heads, width]);
    await expectClose(result, wanted, { rtol: 0, atol: 0 });
  });
});

test("leaves a buffer alone that somebody else shares, or that it may not overwrite", async () => {
  const buffer = numbered([1, 1, 3, 2]);
  const shared = buffer.clone();
  const row = numbered([1, 1, 1, 2], 100);
  writeRows(buffer, row, { start: 1, overwrite: true });
  await expectClose(shared, [0, 1, 2, 3, 4, 5], { rtol: 0, atol: 0 });
  const other = numbered([1, 1, 3, 2]);
  writeRows(other, row, { start: 1 });
  await expectClose(other, [0, 1, 2, 3, 4, 5], { rtol: 0, atol: 0 });
});

test("takes rows one after another and leaves nothing behind", async () => {
  await expectNoLeak(async () => {
    let buffer = numbered([1, 2, 4, 3]);
    for (let start = 0; start < 4; start++) {
      const row = numbered([1, 2, 1, 3], 10 * start);
      const next = writeRows(buffer, row, { start, overwrite: true });
      for (const tensor of [buffer, row]) tensor.dispose();
      buffer = next;
    }
    await expectClose(
      buffer,
      [0, 1, 2, 10, 11, 12, 20, 21, 22, 30, 31, 32, 3, 4, 5, 13, 14, 15, 23, 24, 25, 33, 34, 35],
      { rtol: 0, atol: 0 },
    );
    buffer.dispose();
  });
});

test("refuses what does not fit, by name", () => {
  const buffer = numbered([1, 2, 4, 3]);
  const at = (shape: [number, number, number, number], start: number) => () =>
    writeRows(buffer, numbered(shape), { start });
  expect(at([1, 2, 2, 3], 3)).toThrow("rows: expected at most 1 rows at 3, got 2");
  expect(at([1, 2, 1, 3], -1)).toThrow("start: expected a whole number from 0, got -1");
  expect(at([1, 2, 1, 3], 0.5)).toThrow("start: expected a whole number from 0, got 0.5");
  expect(at([1, 2, 1, 4], 0)).toThrow(
    "rows: expected [batch=1, heads=2, count=1, width=3], got [1, 2, 1, 4]",
  );
  const lying = (layout: string) => () =>
    writeRows(buffer, numbered([1, 2, 1, 3]), { start: 0, layout: layout as "bshd" });
  expect(lying("bshd")).toThrow(
    "rows: expected [batch=1, count=2, heads=4, width=3], got [1, 2, 1, 3]",
  );
  expect(lying("bhds")).toThrow('layout: expected "bhsd" or "bshd", got "bhds"');
});
