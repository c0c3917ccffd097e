import type { Tensor, Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import { runAlone } from "../run-kernel";
import { takes } from "./check";
import { linear } from "./linear";

/** What one linear map is made of. */
export interface LinearWeights {
  /** [inputs, outputs] */
  readonly kernel: Tensor2D;
  /** [outputs] */
  readonly bias?: Tensor1D | undefined;
}

/**
 * Several {@link linear} maps of the same x, such as attention's queries, keys and values. Where no
 * gradient is taken, an engine may read x for all of them at once; else it is one after the other.
 *
 * Kernel contract: `TxLinears` {x, kernel0, bias0?, kernel1, bias1?, …} {count} → count outputs.
 *
 * @param x [..., inputs]
 * @returns One [..., outputs] for each of the maps.
 * @throws ShapeError as linear.
 */
export function linears<T extends Tensor>(x: T, maps: readonly LinearWeights[]): T[] {
  const inputs = x.shape[x.rank - 1];
  const fits = maps.every((map) => takes(inputs, map));
  if (fits) {
    const named: Record<string, Tensor | undefined> = { x };
    for (let n = 0; n < maps.length; n++) {
      named[`kernel${n}`] = maps[n]!.kernel;
      named[`bias${n}`] = maps[n]!.bias;
    }
    const alone = runAlone<T[]>("TxLinears", named, { count: maps.length });
    if (alone) return alone;
  }
  return maps.map(({ kernel, bias }) => linear(x, kernel, bias));
}
