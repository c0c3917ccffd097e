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
import { checkBase, checkPairing, powers } from "./rope-options";
import { MOST_POSITIONS, RotaryTables } from "./rotary-tables";

export interface XposOptions {
  /** Width of a head, an even number. */
  headDim: number;
  /** The slowest pair turns once in about 2π · base positions. Default 10 000. */
  base?: number;
  /** The fastest pair fades to 2/7 over so many positions. Default 512. */
  scaleBase?: number;
  /** Which features turn together, as of rope; the authors' code has "interleaved". Default "half". */
  pairing?: RotaryPairing;
  /**
   * The position where queries and keys keep their size; sizes stay in float32 about as far before it
   * as after. Cached keys hold for one center only. Default 0.
   */
  center?: number;
}

/** A feature grows or shrinks by no more than this, 2¹⁰⁰, which leaves it 2²⁶ of float32 either way. */
const MOST_GROWTH = 1.2676506002282294e30;

/**
 * Rotary positions whose scores also fade with the distance: pair i of a query is multiplied by
 * ζᵢ^((position − center) / scaleBase), of a key by the inverse, ζᵢ = (2i + 0.4 · headDim) / (1.4 ·
 * headDim). For causal attention only: before the query, scores would grow instead.
 *
 * The center is fixed, where the authors take the middle of each call, so that cached keys stay
 * right. Owns tables, which dispose frees.
 *
 * @see Sun et al. 2022, A Length-Extrapolatable Transformer, §3.2, https://arxiv.org/abs/2212.10554
 */
export class Xpos extends Module implements Positional {
  readonly kind = "xpos";
  readonly relative = true;
  readonly cacheKeys = "rotated";
  /** Up to there sizes keep well inside of float32: about 55 · scaleBase past the center. */
  readonly maxLen: number;
  readonly headDim: number;
  readonly base: number;
  readonly scaleBase: number;
  readonly pairing: RotaryPairing;
  readonly center: number;
  private readonly q: RotaryTables;
  private readonly k: RotaryTables;

  /** @throws RangeError if an option makes no sense. */
  constructor(options: XposOptions) {
    super();
    const { headDim, base = 10_000, scaleBase = 512, pairing = "half", center = 0 } = options;
    checkCount("headDim", headDim);
    if (headDim % 2 !== 0) {
      throw new RangeError(`headDim: expected an even number, got ${headDim}`);
    }
    checkBase(base);
    if (!(scaleBase > 0 && Number.isFinite(scaleBase))) {
      throw new RangeError(`scaleBase: expected a positive number, got ${scaleBase}`);
    }
    checkPairing("pairing", pairing);
    checkCount("center", center, 0);
    const rates = Array.from(
      { length: headDim / 2 },
      (_, pair) => Math.log((2 * pair + 0.4 * headDim) / (1.4 * headDim)) / scaleBase,
    );
    const reach = Math.floor(Math.log(MOST_GROWTH) / -rates[0]!);
    if (center > reach) {
      throw new RangeError(
        `center: expected at most ${reach} with scaleBase=${scaleBase}, got ${center}`,
      );
    }
    this.maxLen = Math.min(center + reach + 1, MOST_POSITIONS);
    this.headDim = headDim;
    this.base = base;
    this.scaleBase = scaleBase;
    this.pairing = pairing;
    this.center = center;
    const shared = { frequencies: powers(base, headDim), center, maxLen: this.maxLen };
    this.q = new RotaryTables({ ...shared, rates });
    this.k = new RotaryTables({ ...shared, rates: rates.map((rate) => -rate) });
  }

  /**
   * Explicit ids are not read back from the device; one from maxLen on is taken for the last below.
   *
   * @param t [batch, heads, len, headDim]
   * @returns [batch, heads, len, headDim]
   * @throws ShapeError if t or explicit positions do not fit the span; RangeError for a position
   *   below 0 or from maxLen on.
   */
  rotate(t: Tensor4D, side: "q" | "k", span: Span): Tensor4D {
    const { start, len, ids } = span[side];
    const { batch } = checkShapes(["t", t, `batch heads ${len} ${this.headDim}`]);
    if (ids) checkShapes([`span.${side}.ids`, ids, `${batch} ${len}`]);
    else this.#checkRange(start, len);
    return tidy(() => {
      const tables = this[side];
      const [cos, sin] = ids ? tables.of(ids) : tables.following(start, len);
      return rotary(t, cos, sin, this.pairing);
    });
  }

  toJSON(): PositionalConfig {
    const { kind, headDim, base, scaleBase, pairing, center } = this;
    return { kind, version: 1, headDim, base, scaleBase, pairing, center };
  }

  #checkRange(start: number, len: number): void {
    if (!(start >= 0 && start + len <= this.maxLen)) {
      throw new RangeError(
        `position: expected 0 to ${this.maxLen - 1} (maxLen ${this.maxLen}), got ${start} to ${start + len - 1}`,
      );
    }
  }
}

/** Rotary positions that fade with the distance; see {@link Xpos}. */
export function xpos(options: XposOptions): Xpos {
  return new Xpos(options);
}
