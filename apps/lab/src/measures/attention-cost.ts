import {
  dispose,
  grads,
  memory,
  profile,
  randomNormal,
  sum,
  type Tensor,
  type Tensor4D,
  tidy,
} from "@tensorflow/tfjs-core";
import { attendHeads, type ScoreFunction } from "@tx/attention";
import { type Rng, registerGradients } from "@tx/core";
import { median } from "../experiment/statistics";

export interface AttentionSizes {
  readonly heads: number;
  /** Queries, and as many keys. */
  readonly length: number;
  readonly headDim: number;
}

export interface Cost {
  /** Median of several passes forward and backward. */
  readonly milliseconds: number;
  /** Most bytes that tensors had at once in such a pass, beside its inputs. */
  readonly bytes: number;
}

/** Time and memory of attention with a score function, forward and backward, in one batch row. */
export async function attentionCost(
  score: ScoreFunction,
  { heads, length, headDim }: AttentionSizes,
  { repeats, rng }: { readonly repeats: number; readonly rng: Rng },
): Promise<Cost> {
  registerGradients();
  const shape: [number, number, number, number] = [1, heads, length, headDim];
  const inputs = Array.from({ length: 3 }, () =>
    randomNormal(shape, 0, 1, "float32", rng.nextSeed()),
  ) as Tensor4D[];
  const backward = grads((query: Tensor, key: Tensor, value: Tensor) =>
    sum(attendHeads(query as Tensor4D, key as Tensor4D, value as Tensor4D, { score })),
  );
  /** Until its numbers are there: a GPU is still at work when the call returns. */
  const pass = async () => {
    const made = tidy(() => backward(inputs));
    try {
      await made[0]!.data();
    } finally {
      dispose(made);
    }
  };
  try {
    const before = memory().numBytes;
    const { peakBytes } = await profile(() => {
      tidy(() => {
        backward(inputs);
      });
    });
    const times: number[] = [];
    await pass();
    for (let n = 0; n < repeats; n++) {
      const start = performance.now();
      await pass();
      times.push(performance.now() - start);
    }
    return { milliseconds: median(times), bytes: peakBytes - before };
  } finally {
    dispose(inputs);
  }
}
