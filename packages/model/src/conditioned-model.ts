import { keep, type Tensor2D, type Tensor3D, tensor2d, tidy } from "@tensorflow/tfjs-core";
import type { KeyValueCache } from "@tx/attention";
import type { EncoderDecoderModel } from "./encoder-decoder-model";
import { checkIds, type NextTokenModel } from "./next-token-model";

/** An encoder-decoder model that goes on from targets of given sources, which it has read. */
export class ConditionedModel implements NextTokenModel {
  readonly vocabSize: number;
  readonly maxLen: number;
  readonly #model: EncoderDecoderModel;
  /** [sources, source, dModel] */
  readonly #memory: Tensor3D;
  /** bool [sources, source]; undefined where none is padded. */
  readonly #visible: Tensor2D | undefined;

  /** See {@link EncoderDecoderModel.conditionedOn}. */
  constructor(model: EncoderDecoderModel, sources: readonly (readonly number[])[]) {
    if (sources.length === 0) throw new RangeError("sources: expected at least one, got none");
    for (const [row, ids] of sources.entries()) {
      checkIds(model.embedding, `sources[${row}]`, ids);
    }
    this.vocabSize = model.vocabSize;
    this.maxLen = model.maxLen;
    this.#model = model;
    const width = Math.max(...sources.map(({ length }) => length));
    const padded = sources.some(({ length }) => length < width);
    const table = (of: (id: number | undefined) => number, dtype: "int32" | "bool") =>
      tensor2d(
        sources.map((ids) => Array.from({ length: width }, (_, place) => of(ids[place]))),
        undefined,
        dtype,
      );
    [this.#memory, this.#visible] = tidy(() => {
      const visible = padded ? table((id) => (id === undefined ? 0 : 1), "bool") : undefined;
      const memory = model.encode(
        table((id) => id ?? 0, "int32"),
        { visible },
      );
      return [keep(memory), visible && keep(visible)];
    });
  }

  /** Number of sources: rows of a batch to begin with. */
  get batch(): number {
    return this.#memory.shape[0];
  }

  /**
   * @param ids int32 [batch, seq]
   * @param caches Of newCaches, or those of them that are fixed. Undefined: the rows are the sources.
   * @throws As EncoderDecoderModel.decode.
   */
  forward(ids: Tensor2D, caches?: readonly KeyValueCache[], visible?: Tensor2D): Tensor3D {
    if (caches) return this.#model.decode(ids, { caches, visible });
    const [memory, memoryVisible] = [this.#memory, this.#visible];
    return this.#model.decode(ids, { visible, memory, memoryVisible });
  }

  /** @throws RangeError if batch is not the number of sources, or maxLen no whole number from 1. */
  newCaches(batch: number, maxLen: number): KeyValueCache[] {
    if (batch !== this.batch) {
      throw new RangeError(`prompts: expected one for each of ${this.batch} sources, got ${batch}`);
    }
    return this.#model.newCaches(this.#memory, { maxLen, memoryVisible: this.#visible });
  }

  /** Frees what it has read of the sources. */
  dispose(): void {
    this.#memory.dispose();
    this.#visible?.dispose();
  }
}
