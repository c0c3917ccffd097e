import { expect, test } from "vitest";
import { bitsPerCharacter, perplexity } from "./index";

test("perplexity is the number of equally likely tokens", () => {
  expect(perplexity(Math.log(50257))).toBeCloseTo(50257, 6);
  expect(perplexity(0)).toBe(1);
  expect(perplexity(Number.NaN)).toBeNaN();
});

test("bits a character: of characters, and of tokens of several", () => {
  expect(bitsPerCharacter(Math.log(32))).toBeCloseTo(5, 12);
  // 1000 characters in 250 tokens of 8 bits each are 2000 bits.
  expect(bitsPerCharacter(Math.log(256), 250 / 1000)).toBeCloseTo(2, 12);
  for (const share of [0, -1, Number.NaN, Infinity]) {
    expect(() => bitsPerCharacter(1, share)).toThrow(
      new RangeError(`tokensPerCharacter: expected a positive number, got ${share}`),
    );
  }
});
