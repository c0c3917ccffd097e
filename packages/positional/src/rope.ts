import { type Tensor4D, tidy } from "@tensorflow/tfjs-core";
import { checkShapes, Module, type Positional, type PositionalConfig, type Span } from "@tx/core";
import { type RotaryPairing, rotary } from "@tx/ops";
import { powers, type RopeOptions, settleRope } from "./rope-options";
import { type RotaryTableOptions, RotaryTables } from "./rotary-tables";

/**
 * Rotary positions: turns pairs of features of queries and keys by angles that grow with the
 * position, so that a dot product sees their distance. No parameters, any length; owns tables of
 * cosines and sines, which dispose frees.
 *
 * @see Su et al. 2021, RoFormer, §3.2, https://arxiv.org/abs/2104.09864
 * @see Black et al. 2022, GPT-NeoX-20B, §2.1, https://arxiv.org/abs/2204.06745 (rotaryDim)
 */
export class Rope extends Module implements Positional {
  readonly kind = "rope";
  readonly relative: boolean = true;
  readonly cacheKeys: "rotated" | "raw" = "rotated";
  readonly headDim: number;
  readonly base: number;
  readonly pairing: RotaryPairing;
  readonly rotaryDim: number;
  /** Of calls no longer than those trained with. */
  protected readonly tables: RotaryTables;

  /**
   * @param table Frequencies and scale; default those that the options stand for.
   * @throws RangeError if an option makes no sense.
   */
  constructor(options: RopeOptions, table?: RotaryTableOptions) {
    super();
    const { headDim, base, pairing, rotaryDim } = settleRope(options);
    this.headDim = headDim;
    this.base = base;
    this.pairing = pairing;
    this.rotaryDim = rotaryDim;
    this.tables = new RotaryTables(table ?? { frequencies: powers(base, rotaryDim) });
  }

  /**
   * @param t [batch, heads, len, headDim]
   * @returns [batch, heads, len, headDim]
   * @throws ShapeError if t or explicit positions do not fit the span; RangeError for a position
   *   below 0.
   */
  rotate(t: Tensor4D, side: "q" | "k", span: Span): Tensor4D {
    const { start, len, ids } = span[side];
    const { batch } = checkShapes(["t", t, `batch heads ${len} ${this.headDim}`]);
    const tables = this.tablesOf(span);
    if (ids) checkShapes([`span.${side}.ids`, ids, `${batch} ${len}`]);
    return tidy(() => {
      const [cos, sin] = ids ? tables.of(ids) : tables.following(start, len);
      return rotary(t, cos, sin, this.pairing);
    });
  }

  toJSON(): PositionalConfig {
    const { kind, headDim, base, pairing, rotaryDim } = this;
    return { kind, version: 1, headDim, base, pairing, rotaryDim };
  }

  /** What a call turns by. */
  protected tablesOf(_span: Span): RotaryTables {
    return this.tables;
  }
}

/**
 * Rotary positions; see {@link Rope}. To read longer texts than those trained with, see
 * {@link scaledRope}.
 *
 * @throws RangeError if an option makes no sense.
 */
export function rope(options: RopeOptions): Rope {
  const { scaling } = options as { scaling?: unknown };
  if (scaling) throw new RangeError("scaling: expected none, as it is for scaledRope, got some");
  return new Rope(options);
}
