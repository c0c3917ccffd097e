import { slice, type Tensor2D, tensor2d, tidy } from "@tensorflow/tfjs-core";
import type { KeyValueCache } from "@tx/attention";
import type { NextTokenModel } from "./next-token-model";

/**
 * Reads texts that grow by a token at a time and tells what the model makes of the next. Owns the
 * caches, so that only new tokens are computed. Whoever makes it disposes it.
 */
export class TextReader {
  readonly #model: NextTokenModel;
  readonly #contextLength: number;
  readonly #room: number;
  readonly #caches: KeyValueCache[];
  /** Tokens of each row that the caches hold, the padding too. */
  #held = 0;

  /**
   * @param batch Texts, to begin with.
   * @param contextLength Most tokens of a text that are read.
   * @param longest Length that no text will exceed, so that caches need not hold more.
   */
  constructor(
    model: NextTokenModel,
    { batch, contextLength, longest }: { batch: number; contextLength: number; longest: number },
  ) {
    this.#model = model;
    this.#contextLength = contextLength;
    // Only tokens that will be read take room: a model's own end may be far, or nowhere.
    this.#room = Math.min(contextLength, longest);
    this.#caches = model.newCaches(batch, this.#room);
  }

  /**
   * Logits of the token after each text, flat [texts, vocab].
   *
   * Once a text is longer than the context, every token's position changes with each new one, so that
   * nothing remembered of them holds: the last contextLength tokens are then read anew.
   *
   * @param texts Those of the call before, in the order of {@link reorder}, each a token longer.
   */
  async next(texts: readonly (readonly number[])[]): Promise<Float32Array> {
    const longest = texts.reduce((most, text) => Math.max(most, text.length), 0);
    if (longest > this.#contextLength) {
      this.#forget();
      const unchanged = this.#caches.filter(({ fixed }) => fixed);
      const last = texts.map((text) => text.slice(-this.#contextLength));
      return this.#read(last, unchanged.length > 0 ? unchanged : undefined);
    }
    // Full of the padding that longer texts needed, which have ended since.
    if (this.#held === this.#room) this.#forget();
    const held = this.#held;
    const unread = held === 0 ? texts : texts.map((text) => text.slice(-1));
    this.#held = held === 0 ? longest : held + 1;
    return this.#read(unread, this.#caches);
  }

  /** Takes texts in another order, some perhaps several times and some not at all. */
  reorder(rows: readonly number[]): void {
    for (const cache of this.#caches) {
      if (rows.length !== cache.batch || rows.some((row, n) => row !== n)) cache.reorder(rows);
    }
  }

  dispose(): void {
    for (const cache of this.#caches) cache.dispose();
  }

  #forget(): void {
    this.#held = 0;
    for (const cache of this.#caches) if (!cache.fixed) cache.truncate(0);
  }

  async #read(
    texts: readonly (readonly number[])[],
    caches?: readonly KeyValueCache[],
  ): Promise<Float32Array> {
    const width = texts.reduce((most, text) => Math.max(most, text.length), 0);
    const shape: [number, number] = [texts.length, width];
    const last = tidy(() => {
      const ids = tensor2d(leftPadded(texts, width), shape, "int32");
      const logits = this.#model.forward(ids, caches, visibleOf(texts, shape));
      return width === 1 ? logits : slice(logits, [0, width - 1, 0], [-1, 1, -1]);
    });
    try {
      return (await last.data()) as Float32Array;
    } finally {
      last.dispose();
    }
  }
}

/** Flat [texts, width]; padding is token 0, which nobody sees. */
function leftPadded(texts: readonly (readonly number[])[], width: number): Int32Array {
  const ids = new Int32Array(texts.length * width);
  texts.forEach((text, row) => {
    ids.set(text, (row + 1) * width - text.length);
  });
  return ids;
}

/** bool [texts, width]; undefined where nothing is padded. */
function visibleOf(
  texts: readonly (readonly number[])[],
  shape: [number, number],
): Tensor2D | undefined {
  const width = shape[1];
  if (texts.every(({ length }) => length === width)) return undefined;
  const visible = texts.flatMap(({ length }) =>
    Array.from({ length: width }, (_, place) => (place < width - length ? 0 : 1)),
  );
  return tensor2d(visible, shape, "bool");
}
