import { type Tensor4D, tidy } from "@tensorflow/tfjs-core";
import {
  checkCount,
  checkShapes,
  Module,
  type Positional,
  type PositionalConfig,
  type Span,
} from "@tx/core";
import { type RotaryPairing, rotary } from "@tx/ops";
import { RotaryTables } from "./rotary-tables";

export interface RopeOptions {
  /** Width of a head. */
  headDim: number;
  /** The slowest pair turns once in about 2π · base positions. Default 10 000. */
  base?: number;
  /**
   * Which features turn together: "half" i and i + rotaryDim / 2, as Llama and GPT-NeoX;
   * "interleaved" 2i and 2i + 1, as the paper. The same up to an order of the features, so weights
   * that were trained with one need that one. Default "half".
   */
  pairing?: RotaryPairing;
  /** How many features turn, the first ones; an even number. Default headDim. */
  rotaryDim?: number;
}

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
  readonly relative = true;
  readonly cacheKeys = "rotated";
  readonly headDim: number;
  readonly base: number;
  readonly pairing: RotaryPairing;
  readonly rotaryDim: number;
  private readonly tables: RotaryTables;

  /** @throws RangeError if an option makes no sense. */
  constructor({ headDim, base = 10_000, pairing = "half", rotaryDim = headDim }: RopeOptions) {
    super();
    checkCount("headDim", headDim);
    if (!(base > 0 && Number.isFinite(base))) {
      throw new RangeError(`base: expected a positive number, got ${base}`);
    }
    if (pairing !== "half" && pairing !== "interleaved") {
      throw new RangeError(
        `pairing: expected "interleaved" or "half", got ${JSON.stringify(pairing)}`,
      );
    }
    if (!(rotaryDim % 2 === 0 && rotaryDim >= 2 && rotaryDim <= headDim)) {
      throw new RangeError(
        `rotaryDim: expected an even number from 2 to headDim=${headDim}, got ${rotaryDim}`,
      );
    }
    this.headDim = headDim;
    this.base = base;
    this.pairing = pairing;
    this.rotaryDim = rotaryDim;
    this.tables = new RotaryTables(
      Array.from({ length: rotaryDim / 2 }, (_, pair) => base ** ((-2 * pair) / rotaryDim)),
    );
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
    if (ids) checkShapes([`span.${side}.ids`, ids, `${batch} ${len}`]);
    return tidy(() => {
      const [cos, sin] = ids ? this.tables.of(ids) : this.tables.following(start, len);
      return rotary(t, cos, sin, this.pairing);
    });
  }

  toJSON(): PositionalConfig {
    const { kind, headDim, base, pairing, rotaryDim } = this;
    return { kind, version: 1, headDim, base, pairing, rotaryDim };
  }
}

/** Rotary positions; see {@link Rope}. */
export function rope(options: RopeOptions): Rope {
  return new Rope(options);
}
