import { tensor } from "@tensorflow/tfjs-core";
import { expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import { and, causal, dense, maskToText, padding } from "./index";

const bools = (numbers: number[], shape: number[]) => dense(tensor(numbers, shape, "bool"));
const lines = (...picture: string[]) => picture.join("\n");

test("causal", async () => {
  expect(await maskToText(causal(), { queries: 4, keys: 4 })).toBe(
    lines("■ · · ·", "■ ■ · ·", "■ ■ ■ ·", "■ ■ ■ ■"),
  );
});

test("causal is aligned at the end", async () => {
  expect(await maskToText(causal(), { queries: 2, keys: 5 })).toBe(lines("■ ■ ■ ■ ·", "■ ■ ■ ■ ■"));
  expect(await maskToText(causal(), { queries: 3, keys: 1 })).toBe(lines("·", "·", "■"));
});

test("padding, row by row", async () => {
  const mask = padding([3, 1], 4);
  expect(await maskToText(mask, { queries: 2, keys: 4 })).toBe(lines("■ ■ ■ ·", "■ ■ ■ ·"));
  expect(await maskToText(mask, { queries: 2, keys: 4, row: 1 })).toBe(lines("■ · · ·", "■ · · ·"));
});

test("causal and padding", async () => {
  expect(await maskToText(and(causal(), padding([2], 3)), { queries: 3, keys: 3 })).toBe(
    lines("■ · ·", "■ ■ ·", "■ ■ ·"),
  );
});

test("dense, of any rank that broadcasts", async () => {
  const size = { queries: 2, keys: 3 };
  expect(await maskToText(bools([1, 0, 1], [3]), size)).toBe(lines("■ · ■", "■ · ■"));
  expect(await maskToText(bools([1, 0], [2, 1]), size)).toBe(lines("■ ■ ■", "· · ·"));
  const heads = bools([1, 0, 1, 0, 1, 1, 0, 0, 0, 1, 1, 1], [2, 2, 3]);
  expect(await maskToText(heads, { ...size, row: 5 })).toBe(lines("■ · ■", "· ■ ■"));
  expect(await maskToText(heads, { ...size, head: 1 })).toBe(lines("· · ·", "■ ■ ■"));
  const rows = bools([1, 0, 0, 0, 1, 0], [2, 1, 1, 3]);
  expect(await maskToText(rows, { ...size, row: 1, head: 7 })).toBe(lines("· ■ ·", "· ■ ·"));
});

test("no mask hides nothing", async () => {
  expect(await maskToText({}, { queries: 1, keys: 2 })).toBe("■ ■");
});

test("refuses sizes that are not the mask's, and leaves nothing behind", async () => {
  const keys = padding([3, 1], 4);
  const own = bools([1, 0, 1, 0, 1, 1], [2, 1, 1, 3]);
  const heads = bools([1, 0, 1, 0, 1, 1], [3, 2, 1]);
  await expectNoLeak(async () => {
    await expect(maskToText(keys, { queries: 1, keys: 5 })).rejects.toThrow(
      new RangeError("keys: expected 4, got 5"),
    );
    await expect(maskToText(own, { queries: 1, keys: 2 })).rejects.toThrow(
      "keys: expected 3, got 2",
    );
    await expect(maskToText(heads, { queries: 3, keys: 1 })).rejects.toThrow(
      "queries: expected 2, got 3",
    );
    for (const mask of [keys, own]) {
      const size = { queries: 1, keys: mask === keys ? 4 : 3 };
      await expect(maskToText(mask, { ...size, row: 2 })).rejects.toThrow(
        new RangeError("row: expected a whole number from 0 below 2, got 2"),
      );
    }
    await expect(maskToText(heads, { queries: 2, keys: 1, head: -1 })).rejects.toThrow(
      "head: expected a whole number from 0 below 3, got -1",
    );
    await maskToText(own, { queries: 4, keys: 3 });
  });
});
