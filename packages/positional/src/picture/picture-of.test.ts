import { Rng } from "@tx/core";
import { expect, test } from "vitest";
import { alibi, inducedBy, learned, nope } from "../index";
import { pictureOf } from "./index";

const SIZES = { dModel: 6, heads: 3, headDim: 4, length: 5 };
const texts = (svg: string) => [...svg.matchAll(/<text[^>]*>([^<]*)</g)].map(([, text]) => text);
const cells = (svg: string) => [...svg.matchAll(/<path d="M[^"]*" fill="rgb\([\d,]+\)"/g)].length;

test("draws each head's matrix, a cell a pair that is seen, and a curve a head", async () => {
  const svg = pictureOf(await inducedBy(alibi(), SIZES));
  expect(svg).toMatch(/^<svg .*<\/svg>$/s);
  expect(texts(svg)).toEqual(
    expect.arrayContaining(["scores, head 0 (±0.25)", "scores, head 2 (±1)", "query − key"]),
  );
  expect(texts(svg)).not.toContain("scores, head 1 (±0.016)");
  expect(cells(svg)).toBe(2 * 15);
  for (const color of ["#1b5a9c", "#b2480e", "#3c8d5a"]) {
    expect(svg).toContain(`stroke="${color}"`);
  }
});

test("draws what is added to embeddings, and one matrix where heads are alike", async () => {
  const strategy = learned({ maxLen: 5, dModel: 6, rng: new Rng(1) });
  const svg = pictureOf(await inducedBy(strategy, SIZES));
  const titles = texts(svg).filter((text) => /^(embeddings|scores)/.test(text!));
  expect(titles.map((title) => title!.replace(/ \(.*/, ""))).toEqual([
    "embeddings",
    "scores, each head",
  ]);
  expect(cells(svg)).toBe(30 + 15);
});

test("a strategy that does nothing has a picture, and heads that are not there are refused", async () => {
  const induced = await inducedBy(nope(), SIZES);
  expect(texts(pictureOf(induced))).toContain("scores, each head (all 0)");
  expect(() => pictureOf(induced, { heads: [0, 3] })).toThrow(
    new RangeError("heads: expected whole numbers in [0, 3), got 3"),
  );
});
