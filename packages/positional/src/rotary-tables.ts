import {
  add,
  cast,
  div,
  floor,
  gather,
  keep,
  maximum,
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

/** Positions are read as so many digits of this base. */
const [DIGITS, BASE] = [3, 256];

/**
 * Cosines and sines of position · frequency, worked out in float64 on the host and kept: GPUs lose
 * digits in the sine of a large angle, and float32 in the angle itself.
 */
export class RotaryTables extends Module {
  /** Cosines and sines of the positions from 0 on, [positions, pairs]; grows as it is asked. */
  private rows: Tensor2D[] = [];
  /** The same of the positions digit · 256ⁿ, for n = 0, 1, 2; made when first asked for. */
  private digits: Tensor2D[][] = [];

  /** @param frequencies Radians a position, one a pair of features. */
  constructor(readonly frequencies: readonly number[]) {
    super();
  }

  /**
   * Angles of positions that follow one another, [len, pairs]. Runs in a tidy.
   *
   * @throws RangeError if start is below 0.
   */
  following(start: number, len: number): Angles<Tensor2D> {
    if (!(start >= 0)) throw new RangeError(`position: expected one from 0, got ${start}`);
    const end = start + len;
    if (this.rows.some(({ isDisposed, shape }) => isDisposed || shape[0] < end)) this.#forget();
    if (this.rows.length === 0) this.rows = this.#table(roundUp(end), 1);
    const [cos, sin] = this.rows.map((rows) => slice(rows, [start, 0], [len, -1]));
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
    if (this.digits.length === 0) {
      this.digits = Array.from({ length: DIGITS }, (_, n) => this.#table(BASE, BASE ** n));
    }
    let rest: Tensor = maximum(cast(ids, "float32"), 0);
    const turned = this.digits.map((tables): Angles => {
      const above = floor(div(rest, BASE));
      const digit = cast(sub(rest, mul(above, BASE)), "int32");
      rest = above;
      const [cos, sin] = tables.map((table) => gather(table, digit));
      return [cos!, sin!];
    });
    return turned.reduce(([cosA, sinA], [cosB, sinB]) => [
      sub(mul(cosA, cosB), mul(sinA, sinB)),
      add(mul(sinA, cosB), mul(cosA, sinB)),
    ]) as unknown as Angles<Tensor3D>;
  }

  #forget(): void {
    for (const rows of this.rows) rows.dispose();
    this.rows = [];
  }

  #table(count: number, step: number): Tensor2D[] {
    const { frequencies } = this;
    return [Math.cos, Math.sin].map((wave) => {
      const table = new Float32Array(count * frequencies.length);
      for (let n = 0; n < count; n++) {
        frequencies.forEach((frequency, pair) => {
          table[n * frequencies.length + pair] = wave(n * step * frequency);
        });
      }
      return keep(tensor2d(table, [count, frequencies.length]));
    });
  }
}

/** A power of two from 64, so that a growing text makes few tables. */
function roundUp(count: number): number {
  return 2 ** Math.max(6, Math.ceil(Math.log2(count)));
}
