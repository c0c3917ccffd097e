import {
  dispose,
  gather,
  slice,
  type Tensor3D,
  tensor1d,
  tensor2d,
  tidy,
} from "@tensorflow/tfjs-core";
import type { NextTokenModel, SegmentLogits } from "./next-token-model";
import type { Reader, ReaderOptions } from "./reader";
import { TextReader } from "./text-reader";

/**
 * Reads texts of one length, with caches while they fit the context. After that it reads them in
 * segments of the context's length, and then token by token, with the model's memory of what came
 * before. Whoever makes it disposes it.
 *
 * @see Dai et al. 2019, Transformer-XL, §3.2, https://arxiv.org/abs/1901.02860
 */
export class MemoryReader implements Reader {
  readonly #model: NextTokenModel;
  readonly #options: ReaderOptions;
  /** For texts that fit the context; undefined until there are some, and once they do no more. */
  #within: TextReader | undefined;
  /** Of all tokens but the last; undefined while texts fit the context. */
  #memory: Tensor3D[] | undefined;

  /** @param model One with forwardSegment. */
  constructor(model: NextTokenModel, options: ReaderOptions) {
    this.#model = model;
    this.#options = options;
  }

  async next(texts: readonly (readonly number[])[]): Promise<Float32Array> {
    const { contextLength } = this.#options;
    const length = texts[0]!.length;
    if (length <= contextLength) {
      this.#within ??= new TextReader(this.#model, { batch: texts.length, ...this.#options });
      return this.#within.next(texts);
    }
    // Caches hold keys and values, but a memory is made of what the blocks read.
    this.#within?.dispose();
    this.#within = undefined;
    let start = this.#memory ? length - 1 : 0;
    for (; start + contextLength < length; start += contextLength) {
      this.#read(texts, start, start + contextLength).dispose();
    }
    const last = this.#read(texts, start, length);
    try {
      return (await last.data()) as Float32Array;
    } finally {
      last.dispose();
    }
  }

  reorder(rows: readonly number[]): void {
    this.#within?.reorder(rows);
    const memory = this.#memory;
    if (!memory) return;
    if (rows.length === memory[0]?.shape[0] && rows.every((row, n) => row === n)) return;
    this.#memory = tidy(() => {
      const order = tensor1d([...rows], "int32");
      return memory.map((held) => gather(held, order));
    });
    dispose(memory);
  }

  dispose(): void {
    this.#within?.dispose();
    dispose(this.#memory ?? []);
  }

  /** Reads tokens start to end and remembers them; the last one's logits, [texts, 1, vocab]. */
  #read(texts: readonly (readonly number[])[], start: number, end: number): Tensor3D {
    const { logits, memory } = tidy((): SegmentLogits => {
      const read = texts.map((text) => text.slice(start, end));
      const made = this.#model.forwardSegment!(tensor2d(read, undefined, "int32"), this.#memory);
      const logits = slice(made.logits, [0, end - start - 1, 0], [-1, 1, -1]);
      return { logits, memory: made.memory };
    });
    dispose(this.#memory ?? []);
    this.#memory = memory;
    return logits;
  }
}
