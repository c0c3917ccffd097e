import type { TokenList } from "../token-list";

/** Text to token ids and back. */
export interface Tokenizer {
  /** Number of token ids, and so of rows of an embedding: every id is below. */
  readonly vocabSize: number;
  encode(text: string): TokenList;
  decode(ids: Iterable<number>): string;
}
