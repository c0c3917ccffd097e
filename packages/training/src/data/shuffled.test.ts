import { Rng } from "@tx/core";
import { expect, test } from "vitest";
import { inOrder, shuffled } from "./shuffled";

test("every order comes as often as any other", () => {
  const rng = new Rng(17);
  const counts = new Map<string, number>();
  for (let n = 0; n < 6000; n++) {
    const key = shuffled(3, rng).join("");
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  expect(counts.size).toBe(6);
  // 1000 each; the standard deviation is 29.
  for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(120);
});

test("numbers are there once each, and none for none", () => {
  expect(shuffled(101, new Rng(1)).sort()).toEqual(inOrder(101));
  expect(shuffled(0, new Rng(1))).toEqual(new Int32Array(0));
});
