import { randomNormal, tidy } from "@tensorflow/tfjs-core";
import type { Rng } from "@tx/core";
import { matMul } from "@tx/ops";
import { sinusoidalTable } from "@tx/positional";

export interface Dots {
  readonly start: number;
  /** Of the vectors at start and start + distance, for each distance. */
  readonly raw: number[];
  /** The same after a random projection of each, as queries and keys have. */
  readonly projected: number[];
}

/** Dot products of the encoding of a place with those at distances from it. */
export async function dotsFrom(
  start: number,
  { dModel, distances }: { readonly dModel: number; readonly distances: readonly number[] },
  rng: Rng,
): Promise<Dots> {
  const seeds = [rng.nextSeed(), rng.nextSeed()];
  const [raw, projected] = tidy(() => {
    const here = sinusoidalTable([start], dModel);
    const there = sinusoidalTable(
      distances.map((distance) => start + distance),
      dModel,
    );
    const [query, key] = seeds.map((seed) =>
      randomNormal([dModel, dModel], 0, 1 / Math.sqrt(dModel), "float32", seed),
    );
    const transposeB = true;
    return [
      matMul(here, there, { transposeB }),
      matMul(matMul(here, query!), matMul(there, key!), { transposeB }),
    ];
  });
  try {
    return { start, raw: [...(await raw!.data())], projected: [...(await projected!.data())] };
  } finally {
    raw!.dispose();
    projected!.dispose();
  }
}

/** The largest difference of curves at the same distance, as a share of the largest value. */
export function spreadOf(curves: readonly (readonly number[])[]): number {
  const at = (n: number) => curves.map((curve) => curve[n]!);
  const most = Math.max(...curves.flat().map(Math.abs));
  const widest = Math.max(...curves[0]!.map((_, n) => Math.max(...at(n)) - Math.min(...at(n))));
  return widest / most;
}
