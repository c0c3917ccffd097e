import type { Reader } from "./reader";

/** Texts that have one length, now and later, since all grow alike. */
interface Group {
  readonly reader: Reader;
  /** Which of all texts they are, in ascending order. */
  rows: readonly number[];
}

/**
 * Reads texts of different lengths, those of each length by a reader of their own: for readers that
 * know no padding. Whoever makes it disposes it.
 */
export class LengthGroups implements Reader {
  readonly #make: () => Reader;
  #groups: Group[] = [];

  /** @param make A reader of texts of one length. */
  constructor(make: () => Reader) {
    this.#make = make;
  }

  async next(texts: readonly (readonly number[])[]): Promise<Float32Array> {
    if (this.#groups.length === 0) this.#groups = this.#grouped(texts);
    let all = new Float32Array();
    for (const { reader, rows } of this.#groups) {
      const logits = await reader.next(rows.map((row) => texts[row]!));
      const vocabSize = logits.length / rows.length;
      if (all.length === 0) all = new Float32Array(texts.length * vocabSize);
      for (const [n, row] of rows.entries()) {
        all.set(logits.subarray(n * vocabSize, (n + 1) * vocabSize), row * vocabSize);
      }
    }
    return all;
  }

  reorder(rows: readonly number[]): void {
    this.#groups = this.#groups.flatMap((group) => {
      const taken = [...rows.keys()].filter((n) => group.rows.includes(rows[n]!));
      if (taken.length === 0) {
        group.reader.dispose();
        return [];
      }
      group.reader.reorder(taken.map((n) => group.rows.indexOf(rows[n]!)));
      return [{ reader: group.reader, rows: taken }];
    });
  }

  dispose(): void {
    for (const { reader } of this.#groups) reader.dispose();
  }

  #grouped(texts: readonly (readonly number[])[]): Group[] {
    const lengths = [...new Set(texts.map(({ length }) => length))];
    return lengths.map((length) => ({
      reader: this.#make(),
      rows: [...texts.keys()].filter((row) => texts[row]!.length === length),
    }));
  }
}
