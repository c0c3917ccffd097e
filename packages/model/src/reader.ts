/** What tells the next token of texts that grow by a token at a time. Whoever makes it disposes it. */
export interface Reader {
  /**
   * Logits of the token after each text, flat [texts, vocab].
   *
   * @param texts Those of the call before, in the order of {@link reorder}, each a token longer.
   */
  next(texts: readonly (readonly number[])[]): Promise<Float32Array>;
  /** Takes texts in another order, some perhaps several times and some not at all. */
  reorder(rows: readonly number[]): void;
  dispose(): void;
}

/** What every reader is told. */
export interface ReaderOptions {
  /** Most tokens of a text that are read at once. */
  contextLength: number;
  /** Length that no text will exceed, so that caches need not hold more. */
  longest: number;
}
