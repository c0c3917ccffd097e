import {
  add,
  cast,
  concat,
  div,
  floor,
  mul,
  sub,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
  tensor1d,
  tidy,
} from "@tensorflow/tfjs-core";
import {
  checkShapes,
  Embedding,
  type Initializer,
  Module,
  normal,
  type Positional,
  type PositionalConfig,
  type Rng,
  type Side,
  type Span,
} from "@tx/core";
import { type AxialLayout, type AxialLayoutOptions, axialLayout } from "./axial-layout";
import { checkPositions } from "./check-positions";

export interface AxialOptions extends AxialLayoutOptions {
  /** First tables. Default: Gaussian of standard deviation 0.02. */
  init?: Initializer;
  /** Source of the first tables. */
  rng: Rng;
}

/**
 * Adds to each embedding what a small table has for the row and another for the column of its
 * position, on a grid that is filled row by row: position = row · columns + column. rows + columns
 * vectors serve for rows · columns positions; a length may be any up to that.
 *
 * @see Kitaev et al. 2020, Reformer, https://arxiv.org/abs/2001.04451 (concat, in its code)
 * @see Ho et al. 2019, Axial Attention in Multidimensional Transformers, §3,
 *   https://arxiv.org/abs/1912.12180 (sum)
 */
export class Axial extends Module implements Positional, AxialLayout {
  readonly kind = "axial";
  readonly dModel: number;
  readonly combine: "concat" | "sum";
  readonly shape: readonly [rows: number, columns: number];
  readonly dims: readonly [rows: number, columns: number];
  readonly maxLen: number;
  /** Its table is [rows, dims[0]]. */
  readonly rows: Embedding;
  /** Its table is [columns, dims[1]]. */
  readonly columns: Embedding;

  /** @throws RangeError if an option makes no sense. */
  constructor({ rng, init = normal(0.02, rng), ...options }: AxialOptions) {
    super();
    const { dModel, combine, shape, dims, maxLen } = axialLayout(options);
    this.dModel = dModel;
    this.combine = combine;
    this.shape = shape;
    this.dims = dims;
    this.maxLen = maxLen;
    this.rows = new Embedding(shape[0], dims[0], { init });
    this.columns = new Embedding(shape[1], dims[1], { init });
  }

  /**
   * Explicit ids are not read back from the device; each is to be below maxLen, and that at most 2²⁰.
   *
   * @param x [batch, queries, dModel]
   * @returns [batch, queries, dModel]
   * @throws RangeError past maxLen; ShapeError if x or explicit ids do not fit the span.
   */
  embed(x: Tensor3D, { q }: Span): Tensor3D {
    const { batch } = checkShapes(["x", x, `batch ${q.len} ${this.dModel}`]);
    if (q.ids) checkShapes(["span.q.ids", q.ids, `${batch} ${q.len}`]);
    else checkPositions(q, this.maxLen);
    return tidy(() => {
      const [row, column] = q.ids ? this.#placesOf(q.ids) : this.#places(q);
      const both = [this.rows.forward<Tensor>(row), this.columns.forward<Tensor>(column)] as const;
      return add(x, this.combine === "sum" ? add(...both) : concat([...both], -1));
    });
  }

  toJSON(): PositionalConfig {
    const { kind, dModel, combine, shape, dims, maxLen } = this;
    return { kind, version: 1, dModel, combine, shape, dims, maxLen };
  }

  /** Row and column of positions that follow one another, int32 [len]. */
  #places({ start, len }: Side): [Tensor, Tensor] {
    const columns = this.shape[1];
    const positions = Array.from({ length: len }, (_, n) => start + n);
    return [
      tensor1d(
        positions.map((position) => Math.floor(position / columns)),
        "int32",
      ),
      tensor1d(
        positions.map((position) => position % columns),
        "int32",
      ),
    ];
  }

  /** Row and column of explicit positions, int32 [batch, len]. */
  #placesOf(ids: Tensor2D): [Tensor, Tensor] {
    const columns = this.shape[1];
    const positions = cast(ids, "float32");
    // A GPU's quotient may fall short of a whole number: half a position more keeps it away from one.
    const row = floor(div(add(positions, 0.5), columns));
    return [cast(row, "int32"), cast(sub(positions, mul(row, columns)), "int32")];
  }
}

/** A table for rows and one for columns of positions; see {@link Axial}. */
export function axial(options: AxialOptions): Axial {
  return new Axial(options);
}
