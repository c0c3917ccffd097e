import {
  type Tensor,
  type Tensor3D,
  type Tensor4D,
  type TensorContainer,
  tidy,
} from "@tensorflow/tfjs-core";
import type { RouterLosses } from "@tx/ffn";

/**
 * What a forward pass is to note down on the way: each list that is there is added to, in the order
 * of the layers, and nothing is computed for one that is not. The tensors are the caller's, as the
 * output is: freed by the caller's tidy, or by the caller.
 *
 * `const seen = { attention: [] }; model.forward(x, { inspect: seen })` leaves the maps of layer n in
 * `seen.attention[n]`.
 */
export interface Inspection {
  /** The layers whose attention is noted down, numbered from 0. Default: all. */
  readonly layers?: readonly number[] | undefined;
  /** Weights of self-attention in each layer, [batch, heads, queries, keys], before dropout. */
  attention?: Tensor4D[] | undefined;
  /** Weights of cross-attention in each layer, [batch, heads, queries, keys], before dropout. */
  crossAttention?: Tensor4D[] | undefined;
  /** The stream as it enters each layer, and last the stack's output, [batch, seq, dModel]. */
  hidden?: Tensor3D[] | undefined;
  /** What each mixture of experts adds to the loss; within a loss function they have a gradient. */
  losses?: RouterLosses[] | undefined;
}

/**
 * tidy that lets what is noted down within out, too. If `run` throws, what it noted is forgotten.
 *
 * @param inspect One, or several at once: of one tidy within another, the outer frees what it does not
 *   know of.
 */
export function tidyInspected<T extends TensorContainer>(
  inspect: Inspection | undefined | readonly (Inspection | undefined)[],
  run: () => T,
): T {
  const lists = [inspect].flat().flatMap((each) => (each ? listsOf(each) : []));
  if (lists.length === 0) return tidy(run);
  const before = lists.map(({ length }) => length);
  try {
    return tidy(() => {
      const output = run();
      // A tidy keeps every tensor in what it returns.
      return { output, noted: lists.map((list, n) => list.slice(before[n])) as Tensor[][] };
    }).output;
  } catch (error) {
    for (const [n, list] of lists.entries()) list.length = before[n]!;
    throw error;
  }
}

function listsOf({ attention, crossAttention, hidden, losses }: Inspection): unknown[][] {
  return [attention, crossAttention, hidden, losses].filter((list) => list !== undefined);
}
