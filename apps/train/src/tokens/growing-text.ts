import type { Vocabulary } from "./vocabulary";

/** Text that comes token by token: a character that is spread over several tokens waits for the last. */
export class GrowingText {
  #shown: number[] = [];
  #waiting: number[] = [];

  constructor(private readonly vocabulary: Pick<Vocabulary, "decode">) {}

  /** What a token adds to the text; nothing as long as it ends within a character. */
  push(id: number): string {
    this.#waiting.push(id);
    const text = this.#added();
    // A tokenizer on bytes gives U+FFFD for a part of a character; four bytes are the most there are.
    if (text.endsWith("\ufffd") && this.#waiting.length < 4) return "";
    this.#shown = this.#waiting;
    this.#waiting = [];
    return text;
  }

  /** What is still waiting at the end. */
  end(): string {
    return this.#waiting.length === 0 ? "" : this.#added();
  }

  /** Decoded behind what is shown, since some tokenizers write a token differently at the start. */
  #added(): string {
    const { decode } = this.vocabulary;
    return decode([...this.#shown, ...this.#waiting]).slice(decode(this.#shown).length);
  }
}
