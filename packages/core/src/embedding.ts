import type { Tensor, Tensor2D, Variable } from "@tensorflow/tfjs-core";
import { embeddingLookup } from "@tx/ops";
import { checkCount } from "./check-count";
import { Module } from "./module";
import { type Initializer, parameter } from "./parameter";

/** A table of vectors, read by id. */
export class Embedding extends Module {
  /** [rows, width] */
  readonly table: Variable;

  /** @throws RangeError if rows or width is not a whole number from 1. */
  constructor(rows: number, width: number, { init }: { init: Initializer }) {
    super();
    checkCount("rows", rows);
    checkCount("width", width);
    this.table = parameter([rows, width], init);
  }

  /**
   * @param ids int32, any shape, each in [0, rows).
   * @returns The shape of ids, then width.
   * @throws RangeError if ids is not int32.
   */
  forward<T extends Tensor>(ids: Tensor): T {
    return embeddingLookup(this.table as Tensor as Tensor2D, ids);
  }
}
