import { type Tensor4D, tidy } from "@tensorflow/tfjs-core";
import { checkShapes, Module, type Positional, type PositionalConfig, type Span } from "@tx/core";
import { type RotaryPairing, rotary } from "@tx/ops";
import { powers, type RopeOptions, settleRope } from "./rope-options";
import type { SettledScaling } from "./rope-scaling";
import { RotaryTables } from "./rotary-tables";

/** How a strategy is scaled. */
export interface Scaled {
  readonly scaling: SettledScaling;
  /** Radians a position, one a pair of features, of calls no longer than those trained with. */
  readonly frequencies: readonly number[];
  /** Multiplies cosines and sines. */
  readonly scale: number;
  /**
   * The frequencies of a call, where they follow from its length.
   *
   * @throws RangeError for explicit positions.
   */
  readonly frequenciesAt: ((span: Span) => readonly number[]) | undefined;
}

/**
 * Rotary positions: turns pairs of features of queries and keys by angles that grow with the
 * position, so that a dot product sees their distance. No parameters, any length; owns tables of
 * cosines and sines, which dispose frees.
 *
 * Scaling "dynamic-ntk", and "longrope" with two different lists, turn every query and key by the
 * length of the whole call, span.k.start + span.k.len: a cache then keeps keys as they were before,
 * and positions told one by one are refused, since the host does not know the length.
 *
 * @see Su et al. 2021, RoFormer, §3.2, https://arxiv.org/abs/2104.09864
 * @see Black et al. 2022, GPT-NeoX-20B, §2.1, https://arxiv.org/abs/2204.06745 (rotaryDim)
 */
export class Rope extends Module implements Positional {
  readonly kind = "rope";
  readonly relative: boolean;
  readonly cacheKeys: "rotated" | "raw";
  readonly headDim: number;
  readonly base: number;
  readonly pairing: RotaryPairing;
  readonly rotaryDim: number;
  /** With its defaults. */
  readonly scaling: SettledScaling | undefined;
  private tables: RotaryTables;

  private readonly scaled: Scaled | undefined;

  /**
   * @param scaled What {@link scaledRope} adds.
   * @throws RangeError if an option makes no sense.
   */
  constructor(options: RopeOptions, scaled?: Scaled) {
    super();
    const { headDim, base, pairing, rotaryDim } = settleRope(options);
    this.headDim = headDim;
    this.base = base;
    this.pairing = pairing;
    this.rotaryDim = rotaryDim;
    this.scaling = scaled?.scaling;
    this.scaled = scaled;
    this.relative = !scaled?.frequenciesAt;
    this.cacheKeys = this.relative ? "rotated" : "raw";
    this.tables = new RotaryTables(scaled ?? { frequencies: powers(base, rotaryDim) });
  }

  /**
   * @param t [batch, heads, len, headDim]
   * @returns [batch, heads, len, headDim]
   * @throws ShapeError if t or explicit positions do not fit the span; RangeError for a position
   *   below 0, or explicit positions where scaling depends on the length.
   */
  rotate(t: Tensor4D, side: "q" | "k", span: Span): Tensor4D {
    const { start, len, ids } = span[side];
    const { batch } = checkShapes(["t", t, `batch heads ${len} ${this.headDim}`]);
    const frequencies = this.scaled?.frequenciesAt?.(span);
    if (frequencies) this.#turnBy(frequencies);
    if (ids) checkShapes([`span.${side}.ids`, ids, `${batch} ${len}`]);
    return tidy(() => {
      const [cos, sin] = ids ? this.tables.of(ids) : this.tables.following(start, len);
      return rotary(t, cos, sin, this.pairing);
    });
  }

  toJSON(): PositionalConfig {
    const { kind, headDim, base, pairing, rotaryDim, scaling } = this;
    return { kind, version: 1, headDim, base, pairing, rotaryDim, ...(scaling && { scaling }) };
  }

  /** Keeps tables of the call's length, and no others. */
  #turnBy(frequencies: readonly number[]): void {
    const now = this.tables.frequencies;
    if (frequencies.every((frequency, pair) => frequency === now[pair])) return;
    this.tables.dispose();
    this.tables = new RotaryTables({ ...this.scaled, frequencies });
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
