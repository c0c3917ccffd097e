import type { Rng } from "@tx/core";
import { type Text, text } from "../experiment/experiment";

const units = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
const tens = [
  ...["-", "ten", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty"],
  "ninety",
];

/** Every token of both languages: a start, digits, and words. */
export const bothLanguages: readonly string[] = [
  ...["[start]", ...Array.from({ length: 10 }, (_, digit) => String(digit))],
  ...[...units, ...tens.slice(1), "and"],
];
export const START = 0;

const ids = new Map(bothLanguages.map((word, id) => [word, id]));
const idOf = (word: string) => ids.get(word)!;

/** A text in digits and what it is in words. */
export interface Translation {
  readonly source: readonly number[];
  readonly target: readonly number[];
  /** The place of the source that each word comes from; undefined for a word that comes from none. */
  readonly from: readonly (number | undefined)[];
}

/** A way to translate. All sources of one length have targets of one length. */
export interface Task {
  readonly name: string;
  readonly label: Text;
  /** @param length Digits, an even number. */
  draw(length: number, rng: Rng): Translation;
}

const digits = (length: number, rng: Rng) => Array.from({ length }, () => rng.integer(10));

const word = (digit: number) => idOf(units[digit]!);
const figure = (digit: number) => idOf(String(digit));

export const tasks: readonly Task[] = [
  {
    name: "numbers",
    label: text(
      "numbers in words, units first: 47 is seven and forty",
      "把数写成词，个位在前：47 是 seven and forty",
    ),
    draw: (length, rng) => {
      // No number begins with 0.
      const drawn = digits(length, rng).map((digit, n) => (n % 2 === 0 ? 1 + (digit % 9) : digit));
      const pairs = Array.from({ length: length / 2 }, (_, n) => 2 * n);
      return {
        source: drawn.map(figure),
        target: pairs.flatMap((n) => [word(drawn[n + 1]!), idOf("and"), idOf(tens[drawn[n]!]!)]),
        from: pairs.flatMap((n) => [n + 1, undefined, n]),
      };
    },
  },
  {
    name: "reverse",
    label: text("digits in words, from the last to the first", "把数字写成词，从后往前"),
    draw: (length, rng) => {
      const drawn = digits(length, rng);
      const places = drawn.map((_, n) => length - 1 - n);
      return {
        source: drawn.map(figure),
        target: places.map((place) => word(drawn[place]!)),
        from: places,
      };
    },
  },
  {
    name: "copy",
    label: text("digits in words, one after the other", "把数字逐个写成词"),
    draw: (length, rng) => {
      const drawn = digits(length, rng);
      return {
        ...{ source: drawn.map(figure), target: drawn.map(word) },
        from: drawn.map((_, n) => n),
      };
    },
  },
];
