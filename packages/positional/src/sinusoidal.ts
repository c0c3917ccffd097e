import { add, type Tensor3D, tidy } from "@tensorflow/tfjs-core";
import {
  checkShapes,
  type Positional,
  type PositionalConfig,
  registerGradients,
  type Span,
} from "@tx/core";
import {
  type SinusoidalLayout,
  type SinusoidalTableOptions,
  sinusoidalOf,
  sinusoidalTable,
  wavesOf,
} from "./sinusoidal-table";

export interface SinusoidalOptions extends SinusoidalTableOptions {
  /** Width of the embeddings. */
  dModel: number;
}

/** Adds the fixed waves of {@link sinusoidalTable} to the embeddings: any length, no parameters. */
export class Sinusoidal implements Positional {
  readonly kind = "sinusoidal";
  readonly dModel: number;
  readonly base: number;
  readonly layout: SinusoidalLayout;

  /** @throws RangeError if an option makes no sense. */
  constructor({ dModel, base = 10_000, layout = "interleaved" }: SinusoidalOptions) {
    wavesOf(dModel, { base, layout });
    registerGradients();
    this.dModel = dModel;
    this.base = base;
    this.layout = layout;
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
      add(
        x,
        q.ids
          ? sinusoidalOf(q.ids, this.dModel, this)
          : sinusoidalTable(positions, this.dModel, this),
      ),
    );
  }

  toJSON(): PositionalConfig {
    const { kind, dModel, base, layout } = this;
    return { kind, version: 1, dModel, base, layout };
  }
}

/** The original position encoding; see {@link Sinusoidal}. */
export function sinusoidal(options: SinusoidalOptions): Sinusoidal {
  return new Sinusoidal(options);
}
