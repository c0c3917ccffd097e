import { expect, test } from "vitest";
import { hostileJson, sharedNames } from "./hostile-json";

const text = JSON.stringify({ kind: "gpt", sizes: { layers: 2, heads: [1, 2] }, name: "a" });

/** A small generator: the tests of others bring their own. */
function drawing(seed: number) {
  let state = seed;
  return (n: number) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % n;
  };
}

test("the same draws give the same text", () => {
  const texts = [3, 3, 4].map((seed) => {
    const draw = drawing(seed);
    return Array.from({ length: 30 }, () => hostileJson(text, draw));
  });
  expect(texts[0]).toEqual(texts[1]);
  expect(texts[0]).not.toEqual(texts[2]);
});

test("most are JSON, some have the names of prototypes, and none touches them", () => {
  const draw = drawing(5);
  const all = Array.from({ length: 400 }, () => hostileJson(text, draw));
  const parsed = all.filter((one) => {
    try {
      JSON.parse(one);
      return true;
    } catch {
      return false;
    }
  });
  expect(parsed.length).toBeGreaterThan(300);
  expect(parsed.length).toBeLessThan(400);
  expect(all.filter((one) => one.includes('"__proto__":')).length).toBeGreaterThan(10);
  expect(new Set(all).size).toBeGreaterThan(200);
  expect(sharedNames()).toEqual([]);
});
