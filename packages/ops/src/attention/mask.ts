import type { Tensor, Tensor2D } from "@tensorflow/tfjs-core";
import { checkShapes, refuseShape } from "../shapes";

/**
 * Which keys each query may attend to: those that every given field allows. True means may
 * attend, always. What is said by fields a fused kernel can honour without a score matrix.
 *
 * Query i has its place at key i + (keys − queries): both are aligned at the end, so that fewer
 * queries than keys are the last ones.
 */
export interface Mask {
  /** A query sees the keys up to its own place. */
  readonly causal?: boolean | undefined;
  /**
   * A query at place p sees keys p − before to p + after. A causal window of w tokens, the query's
   * own included, is {before: w − 1, after: 0}.
   *
   * @see Beltagy et al. 2020, Longformer, §3.1, https://arxiv.org/abs/2004.05150
   */
  readonly window?:
    | {
        /** Whole number from 0. Default: all keys before. */
        readonly before?: number | undefined;
        /** Whole number from 0. Default: all keys after. */
        readonly after?: number | undefined;
      }
    | undefined;
  /**
   * Whole number from 0: a query sees the first so many keys, and those up to its own place. This is
   * causal already; `causal` beside it would hide the prefix's later keys again.
   *
   * @see Raffel et al. 2020, T5, §3.2.1, https://arxiv.org/abs/1910.10683
   */
  readonly prefix?: number | undefined;
  /** A query sees the keys of its own document, as where several are packed into one row. */
  readonly documents?:
    | {
        /** int32 [batch, queries]: any number for each document. */
        readonly queries: Tensor2D;
        /** int32 [batch, keys] */
        readonly keys: Tensor2D;
      }
    | undefined;
  /** bool [batch, keys]: false hides the key from every query, as padding does. */
  readonly keys?: Tensor2D | undefined;
  /** bool, broadcastable to [batch, heads, queries, keys]: false hides the key from the query. */
  readonly dense?: Tensor | undefined;
}

/** The tensors of a mask by the names that kernels know them by; undefined where there is none. */
export function maskTensors({ keys, dense, documents }: Mask) {
  return {
    maskKeys: keys,
    maskDense: dense,
    maskQueryDocuments: documents?.queries,
    maskKeyDocuments: documents?.keys,
  };
}

/** The mask with other tensors, such as clones, in the place of its own. */
export function withMaskTensors(mask: Mask, tensors: ReturnType<typeof maskTensors>): Mask {
  const { maskKeys, maskDense, maskQueryDocuments, maskKeyDocuments } = tensors;
  return {
    ...mask,
    keys: maskKeys,
    dense: maskDense,
    documents: mask.documents && { queries: maskQueryDocuments!, keys: maskKeyDocuments! },
  };
}

/** The sizes of one call's scores. */
export interface ScoreSizes {
  readonly batch: number;
  readonly heads: number;
  readonly queries: number;
  readonly keys: number;
}

/**
 * @throws ShapeError if a tensor of the mask does not fit the scores; RangeError for a dtype or a
 *   number out of range.
 */
export function checkMask(mask: Mask, sizes: ScoreSizes): void {
  const { window, prefix, documents, keys, dense } = mask;
  checkCount("mask.window.before", window?.before);
  checkCount("mask.window.after", window?.after);
  checkCount("mask.prefix", prefix);
  const { batch } = sizes;
  if (documents) {
    checkTokens("mask.documents.queries", documents.queries, "int32", batch, sizes.queries);
    checkTokens("mask.documents.keys", documents.keys, "int32", batch, sizes.keys);
  }
  if (keys) checkTokens("mask.keys", keys, "bool", batch, sizes.keys);
  if (!dense) return;
  if (dense.dtype !== "bool") throw new RangeError(`mask.dense: expected bool, got ${dense.dtype}`);
  checkBroadcast("mask.dense", dense, sizes);
}

function checkCount(name: string, count: number | undefined): void {
  if (count !== undefined && !(Number.isInteger(count) && count >= 0)) {
    throw new RangeError(`${name}: expected a whole number from 0, got ${count}`);
  }
}

function checkTokens(
  name: string,
  tensor: Tensor,
  dtype: "bool" | "int32",
  batch: number,
  tokens: number,
): void {
  checkShapes([name, tensor, `${batch} ${tokens}`]);
  if (tensor.dtype !== dtype) {
    throw new RangeError(`${name}: expected ${dtype}, got ${tensor.dtype}`);
  }
}

/**
 * @param tensor To be broadcastable to [batch, heads, queries, keys].
 * @throws ShapeError `name: expected a shape that broadcasts to …` if it is not.
 */
export function checkBroadcast(name: string, tensor: Tensor, sizes: ScoreSizes): void {
  const wanted = [sizes.batch, sizes.heads, sizes.queries, sizes.keys];
  const fits =
    tensor.rank <= 4 &&
    tensor.shape.every((size, axis) => [1, wanted[axis + 4 - tensor.rank]].includes(size));
  if (!fits) {
    const axes = `[batch=${wanted[0]}, heads=${wanted[1]}, queries=${wanted[2]}, keys=${wanted[3]}]`;
    refuseShape(name, `a shape that broadcasts to ${axes}`, tensor);
  }
}
