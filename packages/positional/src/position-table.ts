import { add, slice, type Tensor2D, type Tensor3D, tidy } from "@tensorflow/tfjs-core";
import { checkCount, checkShapes, Embedding, type Initializer, Module, type Span } from "@tx/core";
import { checkPositions } from "./check-positions";

/** A trainable vector a position, added to the embeddings; whatever the vectors are at first. */
export abstract class PositionTable extends Module {
  readonly maxLen: number;
  readonly dModel: number;
  /** Its table is [maxLen, dModel]. */
  readonly embedding: Embedding;

  /** @throws RangeError if maxLen or dModel is not a whole number from 1. */
  constructor(maxLen: number, dModel: number, init: Initializer) {
    super();
    checkCount("maxLen", maxLen);
    checkCount("dModel", dModel);
    this.embedding = new Embedding(maxLen, dModel, { init });
    this.maxLen = maxLen;
    this.dModel = dModel;
  }

  /**
   * Explicit ids are not read back from the device; each is to be below maxLen.
   *
   * @param x [batch, queries, dModel]
   * @returns [batch, queries, dModel]
   * @throws RangeError past maxLen; ShapeError if x or explicit ids do not fit the span.
   */
  embed(x: Tensor3D, { q }: Span): Tensor3D {
    const { batch } = checkShapes(["x", x, `batch ${q.len} ${this.dModel}`]);
    if (q.ids) checkShapes(["span.q.ids", q.ids, `${batch} ${q.len}`]);
    else checkPositions(q, this.maxLen);
    return tidy(() =>
      add(x, q.ids ? this.embedding.forward<Tensor3D>(q.ids) : this.#rows(q.start, q.len)),
    );
  }

  #rows(start: number, len: number): Tensor2D {
    return slice(this.embedding.table, [start, 0], [len, this.dModel]) as Tensor2D;
  }
}
