import { type Tensor2D, tidy } from "@tensorflow/tfjs-core";
import { checkCount, type Positional, type PositionalConfig } from "@tx/core";
import { PositionTable } from "./position-table";
import { checkResize, type ResizeMethod, resizedTable } from "./resize-table";
import {
  type SinusoidalLayout,
  type SinusoidalTableOptions,
  sinusoidalTable,
  wavesOf,
} from "./sinusoidal-table";

export interface TrainedSinusoidalOptions extends SinusoidalTableOptions {
  /** Positions it knows: 0 to maxLen − 1. */
  maxLen: number;
  /** Width of the embeddings. */
  dModel: number;
}

/**
 * A table of positions that begins as the waves of {@link sinusoidalTable} and is trained from there:
 * before the first step it does what `sinusoidal` does. Positions past the table throw.
 *
 * @see Vaswani et al. 2017, Attention Is All You Need, §3.5, https://arxiv.org/abs/1706.03762
 *   (both the waves and the learned table)
 */
export class TrainedSinusoidal extends PositionTable implements Positional {
  readonly kind = "trained-sinusoidal";
  readonly base: number;
  readonly layout: SinusoidalLayout;

  /** @throws RangeError if an option makes no sense. */
  constructor(options: TrainedSinusoidalOptions) {
    const { maxLen, dModel, base = 10_000, layout = "interleaved" } = options;
    checkCount("maxLen", maxLen);
    wavesOf(dModel, { base, layout });
    super(maxLen, dModel, () => sinusoidalTable(positions(0, maxLen), dModel, { base, layout }));
    this.base = base;
    this.layout = layout;
  }

  /**
   * The table for another number of positions; the rows that "extend" adds are the waves of their
   * positions. This one stays as it is: whoever needs it no more disposes it.
   *
   * @param maxLen At most the present one to crop, at least that to extend, any to interpolate.
   * @throws RangeError if the method does not lead to that length.
   */
  resize(maxLen: number, { method }: { method: ResizeMethod }): TrainedSinusoidal {
    checkResize(this.maxLen, maxLen, method);
    const { dModel, base, layout } = this;
    const resized = new TrainedSinusoidal({ maxLen, dModel, base, layout });
    const table = this.embedding.table as unknown as Tensor2D;
    const added = (count: number) =>
      sinusoidalTable(positions(maxLen - count, maxLen), dModel, { base, layout });
    tidy(() => resized.embedding.table.assign(resizedTable(table, maxLen, method, added)));
    return resized;
  }

  toJSON(): PositionalConfig {
    const { kind, maxLen, dModel, base, layout } = this;
    return { kind, version: 1, maxLen, dModel, base, layout };
  }
}

function positions(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, n) => from + n);
}

/** Waves to begin with, then trained; see {@link TrainedSinusoidal}. */
export function trainedSinusoidal(options: TrainedSinusoidalOptions): TrainedSinusoidal {
  return new TrainedSinusoidal(options);
}
