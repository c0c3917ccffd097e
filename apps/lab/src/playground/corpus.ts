import type { Rng } from "@tx/core";
import type { CharTokenizer, IntRows } from "@tx/training";

/** The last tenth of a text is never trained on. */
const HELD_OUT = 0.1;

/** A text as a model sees it: what it trains on, and what it is measured on. */
export interface Corpus {
  readonly training: Int32Array;
  readonly heldOut: Int32Array;
}

/**
 * The characters of a text, cut into what is trained on and what is held out.
 *
 * @param length Characters that a model looks back on; the held-out part has to be longer.
 * @throws RangeError if the text is too short, or has a character that the tokenizer does not know.
 */
export function corpusOf(text: string, tokenizer: CharTokenizer, length: number): Corpus {
  const ids = tokenizer.encode(text);
  const split = ids.length - Math.max(Math.floor(ids.length * HELD_OUT), length + 1);
  if (split < length + 1) {
    const least = 2 * (length + 1);
    throw new RangeError(`text: expected at least ${least} characters, got ${ids.length}`);
  }
  return { training: ids.subarray(0, split), heldOut: ids.subarray(split) };
}

export interface Pieces {
  readonly batch: number;
  readonly length: number;
}

/** Pieces from anywhere in the text with equal chances, [batch, length + 1]. */
export function drawPieces(ids: Int32Array, { batch, length }: Pieces, rng: Rng): IntRows {
  const values = new Int32Array(batch * (length + 1));
  for (let row = 0; row < batch; row++) {
    const start = rng.integer(ids.length - length);
    values.set(ids.subarray(start, start + length + 1), row * (length + 1));
  }
  return { values, shape: [batch, length + 1] };
}

/** Pieces spread evenly over the text in which no character is asked for twice, at most so many. */
export function evenPieces(ids: Int32Array, { batch, length }: Pieces): IntRows {
  const all = Math.floor((ids.length - 1) / length);
  const count = Math.min(all, batch);
  const values = new Int32Array(count * (length + 1));
  for (let row = 0; row < count; row++) {
    const start = Math.floor((row * all) / count) * length;
    values.set(ids.subarray(start, start + length + 1), row * (length + 1));
  }
  return { values, shape: [count, length + 1] };
}

/** The ids of what the tokenizer knows of a text; what it does not know is left out. */
export function knownIds(tokenizer: CharTokenizer, text: string): number[] {
  const known = [...text].filter((character) => tokenizer.has(character)).join("");
  return [...tokenizer.encode(known)];
}
