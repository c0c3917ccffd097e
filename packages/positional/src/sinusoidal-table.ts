import { type Tensor2D, tensor2d } from "@tensorflow/tfjs-core";
import { checkCount } from "@tx/core";

/** Column order: sin, cos, sin, cos (the paper's), or all sines before all cosines. */
export type SinusoidalLayout = "interleaved" | "concat";

export interface SinusoidalTableOptions {
  /** The slowest wave is about 2π · base positions long. Default 10 000. */
  base?: number;
  /** Default "interleaved". */
  layout?: SinusoidalLayout;
}

/** One column: sin(position · frequency), or the cosine. */
interface Wave {
  /** Radians a position. */
  readonly frequency: number;
  readonly cosine: boolean;
}

/**
 * Sines and cosines of position · base^(−2i / dModel). An odd width ends on a sine.
 *
 * Worked out in float64 on the host: GPUs lose digits in the sine of a large angle.
 *
 * @param positions Absolute positions in tokens.
 * @returns [positions, dModel]; the caller disposes it.
 * @throws RangeError if dModel, base or layout makes no sense.
 * @see Vaswani et al. 2017, Attention Is All You Need, §3.5, https://arxiv.org/abs/1706.03762
 */
export function sinusoidalTable(
  positions: readonly number[],
  dModel: number,
  options: SinusoidalTableOptions = {},
): Tensor2D {
  const waves = wavesOf(dModel, options);
  const table = positions.flatMap((position) =>
    waves.map(({ frequency, cosine }) => (cosine ? Math.cos : Math.sin)(position * frequency)),
  );
  return tensor2d(Float32Array.from(table), [positions.length, dModel]);
}

/** @throws RangeError if dModel, base or layout makes no sense. */
export function wavesOf(
  dModel: number,
  { base = 10_000, layout = "interleaved" }: SinusoidalTableOptions,
): Wave[] {
  checkCount("dModel", dModel);
  if (!(base > 0 && Number.isFinite(base))) {
    throw new RangeError(`base: expected a positive number, got ${base}`);
  }
  if (layout !== "interleaved" && layout !== "concat") {
    throw new RangeError(`layout: expected "interleaved" or "concat", got "${layout}"`);
  }
  const sines = Math.ceil(dModel / 2);
  return Array.from({ length: dModel }, (_, column) => {
    const interleaved = layout === "interleaved";
    const pair = interleaved ? Math.floor(column / 2) : column % sines;
    return {
      frequency: base ** ((-2 * pair) / dModel),
      cosine: interleaved ? column % 2 === 1 : column >= sines,
    };
  });
}
