import { expect, test } from "vitest";
import { attentionFlops, stepFlops } from "./flops";

test("counts a step by hand", () => {
  const config = { layers: 2, heads: 1, dModel: 3, length: 5, batch: 7, vocabSize: 11 };
  // 35 tokens; 100 parameters, 15 of them positions; scores and mixing 2 · 2 · 5 · 3 a layer forward.
  expect(stepFlops(config, 100)).toBe(35 * (6 * 85 + 3 * 2 * 60));
});

test("counts attention by hand", () => {
  expect(attentionFlops(2, 5, 3)).toBe(7 * 2 * (2 * 5 * 5 * 3));
});
