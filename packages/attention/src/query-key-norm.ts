import type { Tensor } from "@tensorflow/tfjs-core";
import { Module } from "@tx/core";

/** What normalises over the last axis, such as LayerNorm or RMSNorm of @tx/norm. */
export interface HeadNorm {
  forward<T extends Tensor>(x: T): T;
}

/**
 * Normalises each head's queries and keys, so that scores cannot grow without bound.
 *
 * @see Dehghani et al. 2023, Scaling Vision Transformers to 22 Billion Parameters, §2.2,
 *   https://arxiv.org/abs/2302.05442
 */
export interface QueryKeyNorm {
  /**
   * Makes the norm for vectors of headDim entries; called twice, for queries and for keys, each
   * shared by all heads.
   */
  norm: (headDim: number) => HeadNorm;
  /**
   * Before or after the positional strategy rotates. Both are in use and they differ as soon as the
   * norm has a gain: Qwen 3 and Gemma 3 normalise before, others after. Without rotation it is all
   * the same.
   */
  order: "before-rotation" | "after-rotation";
}

/** @throws RangeError if the order is neither of the two. */
export function checkQueryKeyNorm({ order }: QueryKeyNorm): void {
  if (order !== "before-rotation" && order !== "after-rotation") {
    throw new RangeError(
      `queryKeyNorm.order: expected "before-rotation" or "after-rotation", got ${JSON.stringify(order)}`,
    );
  }
}

/** A norm for queries and one for keys; none where none is asked for. */
export function headNormsOf(
  queryKeyNorm: QueryKeyNorm | undefined,
  headDim: number,
): [HeadNorm, HeadNorm] | [undefined, undefined] {
  if (!queryKeyNorm) return [undefined, undefined];
  const first = queryKeyNorm.norm(headDim);
  try {
    return [first, queryKeyNorm.norm(headDim)];
  } catch (error) {
    if (first instanceof Module) first.dispose();
    throw error;
  }
}
