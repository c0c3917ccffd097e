import {
  add,
  cast,
  clipByValue,
  gather,
  keep,
  mul,
  slice,
  sub,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
  tensor2d,
} from "@tensorflow/tfjs-core";
import { Module } from "@tx/core";

/** Cosines and sines of positions' angles, [seq, pairs] or [batch, seq, pairs]. */
export type Angles<T extends Tensor = Tensor> = readonly [cos: T, sin: T];

export interface RotaryTableOptions {
  /** Radians a position, one a pair of features. */
  frequencies: readonly number[];
  /** Multiplies cosines and sines. Default 1. */
  scale?: number;
  /** Set: they also grow by e^(rate · (position − center)), one rate a pair. */
  rates?: readonly number[];
  /** Where nothing has grown yet, a whole number from 0. Default 0. */
  center?: number;
  /** Explicit positions from here on are taken for the last one. Default and at most 2²⁴. */
  maxLen?: number;
}

/** Explicit positions are read as so many digits of this base. */
const [DIGITS, BASE] = [3, 256];

/** From here on a table of rows begins at a multiple of this, and no longer at 0. */
const FAR = 2 ** 16;

/** Float32 holds every whole number up to it; also what the digits can tell. */
export const MOST_POSITIONS = BASE ** DIGITS;

/**
 * Cosines and sines of position · frequency, worked out in float64 on the host and kept: GPUs lose
 * digits in the sine of a large angle, and float32 in the angle itself.
 */
export class RotaryTables extends Module {
  readonly frequencies: readonly number[];
  private readonly scale: number;
  private readonly rates: readonly number[] | undefined;
  private readonly center: number;
  private readonly maxLen: number;
  /** Cosines and sines of positions from `first` on, [positions, pairs]; grows as it is asked. */
  private rows: Tensor2D[] = [];
  private first = 0;
  /** The same of digit · 256ⁿ positions, for n = 0, 1, 2; made when first asked for. */
  private digits: Tensor2D[][] = [];

  constructor({ frequencies, scale = 1, rates, center = 0, maxLen }: RotaryTableOptions) {
    super();
    this.frequencies = frequencies;
    this.scale = scale;
    this.rates = rates;
    this.center = center;
    this.maxLen = maxLen ?? MOST_POSITIONS;
  }

  /**
   * Angles of positions that follow one another, [len, pairs]. Runs in a tidy.
   *
   * @throws RangeError if start is below 0.
   */
  following(start: number, len: number): Angles<Tensor2D> {
    if (!(start >= 0)) throw new RangeError(`position: expected one from 0, got ${start}`);
    if (!this.#covers(start, start + len)) this.#cover(start, start + len);
    const [cos, sin] = this.rows.map((rows) => slice(rows, [start - this.first, 0], [len, -1]));
    return [cos!, sin!];
  }

  /**
   * Angles of explicit positions below 2²⁴, [batch, seq, pairs]: as exact as those of
   * {@link following}, by adding up the angles of their digits. Positions below 0 are taken for 0.
   *
   * @param ids int32 [batch, seq]
   */
  of(ids: Tensor2D): Angles<Tensor3D> {
    if (this.digits.flat().some(({ isDisposed }) => isDisposed)) this.digits = [];
    const lowest = this.#lowestDigit();
    if (this.digits.length === 0) {
      this.digits = Array.from({ length: DIGITS }, (_, n) => this.#digitTable(lowest, n));
    }
    // Digits have the sign of the number, so that no part grows further than the whole.
    const known = clipByValue(cast(ids, "float32"), 0, this.maxLen - 1);
    let rest: Tensor = sub(known, this.center);
    const turned = this.digits.map((tables): Angles => {
      // Rounds towards 0. A product, since GPUs divide inexactly.
      const above = cast(cast(mul(rest, 1 / BASE), "int32"), "float32");
      const row = cast(sub(sub(rest, mul(above, BASE)), lowest), "int32");
      rest = above;
      const [cos, sin] = tables.map((table) => gather(table, row));
      return [cos!, sin!];
    });
    return turned.reduce(([cosA, sinA], [cosB, sinB]) => [
      sub(mul(cosA, cosB), mul(sinA, sinB)),
      add(mul(sinA, cosB), mul(cosA, sinB)),
    ]) as unknown as Angles<Tensor3D>;
  }

  #covers(start: number, end: number): boolean {
    const { first } = this;
    return (
      this.rows.length > 0 &&
      this.rows.every(
        ({ isDisposed, shape }) => !isDisposed && first <= start && end <= first + shape[0],
      )
    );
  }

  #cover(start: number, end: number): void {
    const growing = this.rows.length > 0;
    for (const rows of this.rows) rows.dispose();
    this.first = Math.floor(start / FAR) * FAR;
    const count = end - this.first;
    // Doubles where it grows, so that a growing text makes few tables.
    const made = growing ? 2 ** Math.ceil(Math.log2(count)) : count;
    const { first, scale, center } = this;
    this.rows = this.#table(Math.max(64, made), (row) => first + row - center, center, scale);
  }

  /** Positions before the center are told by digits below 0. */
  #lowestDigit(): number {
    return this.center > 0 ? 1 - BASE : 0;
  }

  #digitTable(lowest: number, n: number): Tensor2D[] {
    const offset = (row: number) => (lowest + row) * BASE ** n;
    // What all positions share is in the first digit's.
    const [center, scale] = n === 0 ? [this.center, this.scale] : [0, 1];
    return this.#table(BASE - lowest, offset, center, scale);
  }

  /** Cosines and sines of `center + offset(row)` positions, grown by the offset. */
  #table(
    count: number,
    offset: (row: number) => number,
    center: number,
    scale: number,
  ): Tensor2D[] {
    const { frequencies, rates } = this;
    const pairs = frequencies.length;
    const [cos, sin] = [new Float32Array(count * pairs), new Float32Array(count * pairs)];
    for (let row = 0; row < count; row++) {
      const from = offset(row);
      for (let pair = 0; pair < pairs; pair++) {
        const angle = (center + from) * frequencies[pair]!;
        const size = rates ? scale * Math.exp(rates[pair]! * from) : scale;
        cos[row * pairs + pair] = size * Math.cos(angle);
        sin[row * pairs + pair] = size * Math.sin(angle);
      }
    }
    return [cos, sin].map((table) => keep(tensor2d(table, [count, pairs])));
  }
}
