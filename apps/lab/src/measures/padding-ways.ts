import {
  add,
  mul,
  randomNormal,
  reshape,
  slice,
  sum,
  type Tensor,
  type Tensor4D,
  tensor1d,
  tidy,
} from "@tensorflow/tfjs-core";
import { attendHeads, padding, type ScoreFunction, scaledDotProduct } from "@tx/attention";
import type { Rng } from "@tx/core";

/** Ways of keeping attention off padding; each gives weights for scores that are there. */
export const paddingWays = ["add1000", "replace1000", "add1e9", "mask"] as const;
export type PaddingWay = (typeof paddingWays)[number];

export interface PaddingSizes {
  /** Keys that are text, and keys behind them that are padding. */
  readonly real: number;
  readonly padded: number;
  readonly headDim: number;
  readonly draws: number;
}

/**
 * The weight that lands on padding, for each draw of a query and its keys.
 *
 * Entries are standard normal, and scores are scaled so that their standard deviation is `spread`.
 */
export async function leakedWeights(
  way: PaddingWay,
  spread: number,
  { real, padded, headDim, draws }: PaddingSizes,
  rng: Rng,
): Promise<Float32Array> {
  const keys = real + padded;
  const leaked = tidy(() => {
    const normals = (rows: number): Tensor4D =>
      randomNormal([draws, 1, rows, headDim], 0, 1, "float32", rng.nextSeed());
    const [query, key] = [normals(1), normals(keys)];
    const scale = spread / Math.sqrt(headDim);
    const weights = weightsOf(way, { query, key, real, scale });
    return sum(reshape(slice(weights, [0, 0, 0, real], [-1, -1, -1, -1]), [draws, -1]), 1);
  });
  try {
    return (await leaked.data()) as Float32Array;
  } finally {
    leaked.dispose();
  }
}

interface Call {
  readonly query: Tensor4D;
  readonly key: Tensor4D;
  readonly real: number;
  readonly scale: number;
}

/** [draws, 1, 1, keys] */
function weightsOf(way: PaddingWay, { query, key, real, scale }: Call): Tensor4D {
  const keys = key.shape[2];
  const dots = scaledDotProduct({ scale });
  const places = Array.from({ length: keys }, (_, place) => place);
  const onPadding = (number: number): Tensor =>
    tensor1d(places.map((place) => (place >= real ? number : 0)));
  const scores: Record<PaddingWay, ScoreFunction> = {
    add1000: (q, k) => add(dots.forward(q, k), onPadding(-1000)),
    replace1000: (q, k) => {
      const onText = tensor1d(places.map((place) => (place < real ? 1 : 0)));
      return add(mul(dots.forward(q, k), onText), onPadding(-1000));
    },
    add1e9: (q, k) => add(dots.forward(q, k), onPadding(-1e9)),
    mask: dots,
  };
  const lengths = Array<number>(query.shape[0]).fill(real);
  const mask = way === "mask" ? padding(lengths, keys) : undefined;
  return attendHeads(query, key, key, { score: scores[way], mask, returnWeights: true }).weights;
}
