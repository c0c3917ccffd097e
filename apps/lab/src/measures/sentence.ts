import type { Text } from "../experiment/experiment";

/** Labels one after the other, as a sentence lists them. */
export function listed(labels: readonly Text[]): Text {
  const joined = (words: readonly string[], comma: string, and: string) =>
    words.length < 2
      ? words.join("")
      : `${words.slice(0, -1).join(comma)}${and}${words[words.length - 1]}`;
  return {
    en: joined(
      labels.map(({ en }) => en),
      ", ",
      " and ",
    ),
    zh: joined(
      labels.map(({ zh }) => zh),
      "、",
      "和",
    ),
  };
}
