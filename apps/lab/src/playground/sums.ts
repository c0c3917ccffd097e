import { Rng } from "@tx/core";
import type { Language } from "../experiment/experiment";

const units = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
const teens = [
  ...["ten", "eleven", "twelve", "thirteen", "fourteen"],
  ...["fifteen", "sixteen", "seventeen", "eighteen", "nineteen"],
];
const tens = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
const digits = "零一二三四五六七八九";

/** A whole number below 100 in words. */
export function inWords(number: number, language: Language): string {
  const [ten, unit] = [Math.floor(number / 10), number % 10];
  if (language === "zh") {
    if (ten === 0) return digits[unit]!;
    return `${ten === 1 ? "" : digits[ten]}十${unit === 0 ? "" : digits[unit]}`;
  }
  if (ten === 0) return units[unit]!;
  if (ten === 1) return teens[unit]!;
  return unit === 0 ? tens[ten - 2]! : `${tens[ten - 2]}-${units[unit]}`;
}

/** Lines of sums of two numbers below 50, such as "three and four make seven.", at random. */
export function sums(lines: number, language: Language, seed = 1): string {
  const rng = new Rng(seed);
  const words = (number: number) => inWords(number, language);
  const line = () => {
    const [a, b] = [rng.integer(50), rng.integer(50)];
    return language === "zh"
      ? `${words(a)}加${words(b)}等于${words(a + b)}。`
      : `${words(a)} and ${words(b)} make ${words(a + b)}.`;
  };
  return Array.from({ length: lines }, line).join("\n");
}
