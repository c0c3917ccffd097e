import type { Text } from "../experiment/experiment";

/** Labels one after the other, as a sentence lists them. */
export function listed(labels: readonly Text[]): Text {
  const joined = (
    words: readonly string[],
    comma: string,
    and: (a: string, b: string) => string,
  ) =>
    words.length < 2
      ? words.join("")
      : and(words.slice(0, -1).join(comma), words[words.length - 1]!);
  return {
    en: joined(
      labels.map(({ en }) => en),
      ", ",
      (before, last) => `${before} and ${last}`,
    ),
    zh: joined(
      labels.map(({ zh }) => zh),
      "、",
      (before, last) => `${spaced(before)}和${spaced(last, "before")}`,
    ),
  };
}

/** With a space after it, or before, where Chinese would stand beside a Latin letter or a digit. */
export function spaced(words: string, side: "after" | "before" = "after"): string {
  if (side === "before") return /^[\w(]/.test(words) ? ` ${words}` : words;
  return /[\w)]$/.test(words) ? `${words} ` : words;
}
