import type { Json } from "@tx/training";

/** Text to ids and back, and what it is made again from. */
export interface Vocabulary {
  readonly kind: "character" | "word" | "tokenizer.json";
  /** What one token is called. */
  readonly unit: string;
  readonly vocabSize: number;
  /** @throws UserError that names what it has no token for. */
  encode(text: string, name: string): Int32Array;
  decode(ids: Iterable<number>): string;
  /** Plain JSON, for `vocabularyFrom`. */
  toJSON(): Json;
}
