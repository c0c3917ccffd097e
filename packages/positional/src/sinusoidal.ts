import type { Tensor2D } from "@tensorflow/tfjs-core";
import { add, concat, reshape, slice, stack, type Tensor3D, tidy } from "@tensorflow/tfjs-core";
import { checkShapes, Module, type Positional, type PositionalConfig, type Span } from "@tx/core";
import { RotaryTables } from "./rotary-tables";
import {
  type SinusoidalLayout,
  type SinusoidalTableOptions,
  sinusoidalTable,
  wavesOf,
} from "./sinusoidal-table";

export interface SinusoidalOptions extends SinusoidalTableOptions {
  /** Width of the embeddings. */
  dModel: number;
}

/** Adds the fixed waves of {@link sinusoidalTable} to the embeddings: any length, no parameters. */
export class Sinusoidal extends Module implements Positional {
  readonly kind = "sinusoidal";
  readonly dModel: number;
  readonly base: number;
  readonly layout: SinusoidalLayout;
  /** For explicit positions: a wave's sine and cosine are a pair that turns. */
  private readonly tables: RotaryTables;

  /** @throws RangeError if an option makes no sense. */
  constructor({ dModel, base = 10_000, layout = "interleaved" }: SinusoidalOptions) {
    super();
    const waves = wavesOf(dModel, { base, layout });
    this.dModel = dModel;
    this.base = base;
    this.layout = layout;
    const sines = waves.filter(({ cosine }) => !cosine);
    this.tables = new RotaryTables({ frequencies: sines.map(({ frequency }) => frequency) });
  }

  /**
   * @param x [batch, queries, dModel]
   * @returns [batch, queries, dModel]
   * @throws ShapeError if x or explicit ids do not fit the span.
   */
  embed(x: Tensor3D, { q }: Span): Tensor3D {
    const { batch } = checkShapes(["x", x, `batch ${q.len} ${this.dModel}`]);
    if (q.ids) checkShapes(["span.q.ids", q.ids, `${batch} ${q.len}`]);
    const positions = Array.from({ length: q.len }, (_, row) => q.start + row);
    return tidy(() =>
      add(x, q.ids ? this.#wavesOf(q.ids) : sinusoidalTable(positions, this.dModel, this)),
    );
  }

  toJSON(): PositionalConfig {
    const { kind, dModel, base, layout } = this;
    return { kind, version: 1, dModel, base, layout };
  }

  /** [batch, queries, dModel] */
  #wavesOf(ids: Tensor2D): Tensor3D {
    const { dModel, layout } = this;
    const [cos, sin] = this.tables.of(ids);
    // An odd width ends on a sine: the last cosine is dropped.
    if (layout === "concat") {
      return concat([sin, slice(cos, [0, 0, 0], [-1, -1, Math.floor(dModel / 2)])], 2);
    }
    const [batch, queries, pairs] = sin.shape;
    const mixed: Tensor3D = reshape(stack([sin, cos], 3), [batch, queries, 2 * pairs]);
    return slice(mixed, [0, 0, 0], [-1, -1, dModel]);
  }
}

/** The original position encoding; see {@link Sinusoidal}. */
export function sinusoidal(options: SinusoidalOptions): Sinusoidal {
  return new Sinusoidal(options);
}
