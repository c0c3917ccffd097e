import { expect, test } from "vitest";
import { inWords, sums } from "./sums";

test("numbers in words", () => {
  const numbers = [0, 7, 10, 13, 20, 42, 98];
  expect(numbers.map((number) => inWords(number, "en"))).toEqual([
    ...["zero", "seven", "ten", "thirteen", "twenty", "forty-two", "ninety-eight"],
  ]);
  expect(numbers.map((number) => inWords(number, "zh"))).toEqual([
    ...["零", "七", "十", "十三", "二十", "四十二", "九十八"],
  ]);
});

test("sums that are right, the same for the same seed", () => {
  const all = Array.from({ length: 99 }, (_, number) => number);
  for (const [language, form] of [
    ["en", /^(\S+) and (\S+) make (\S+)\.$/],
    ["zh", /^(.+)加(.+)等于(.+)。$/],
  ] as const) {
    const values = new Map(all.map((number) => [inWords(number, language), number]));
    const text = sums(200, language, 3);
    for (const line of text.split("\n")) {
      const [a, b, sum] = form
        .exec(line)!
        .slice(1)
        .map((word) => values.get(word)!);
      expect(a! + b!, line).toBe(sum);
    }
    expect(text.split("\n")).toHaveLength(200);
    expect(sums(200, language, 3)).toBe(text);
    expect(sums(200, language, 4)).not.toBe(text);
  }
});
