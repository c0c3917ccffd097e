import type { Tokenizer } from "@tx/training";

/** What is cut off one after the other: words and marks with the space before them, other spaces. */
export const wordPattern = / ?[\p{L}\p{M}\p{N}']+| ?[^\s\p{L}\p{M}\p{N}']|\s/gu;

/** Stands for every word that is not in the list; U+FFFD, as in a text that cannot be read. */
const UNKNOWN = "\ufffd";

/** One token a word or mark, with the space before it, so that a text comes back as it was. */
export class WordTokenizer implements Tokenizer {
  readonly #ids: ReadonlyMap<string, number>;

  /** @param words The first stands for all others. */
  constructor(readonly words: readonly string[]) {
    this.#ids = new Map(words.map((word, id) => [word, id]));
  }

  /** The most frequent words of a text, frequent ones first; at most so many, the unknown one included. */
  static of(text: string, most: number): WordTokenizer {
    const counts = new Map<string, number>();
    for (const [word] of text.matchAll(wordPattern)) counts.set(word, (counts.get(word) ?? 0) + 1);
    const byCount = [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
    return new WordTokenizer([UNKNOWN, ...byCount.slice(0, most - 1).map(([word]) => word)]);
  }

  get vocabSize(): number {
    return this.words.length;
  }

  encode(text: string): Int32Array {
    return Int32Array.from(text.matchAll(wordPattern), ([word]) => this.#ids.get(word) ?? 0);
  }

  decode(ids: Iterable<number>): string {
    return Array.from(ids, (id) => this.words[id] ?? UNKNOWN).join("");
  }
}
