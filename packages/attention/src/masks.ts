import { clone, notEqual, type Tensor, type Tensor2D, tensor2d, tidy } from "@tensorflow/tfjs-core";
import { checkCount, checkShapes, type Mask } from "@tx/core";

/** Each query sees the keys up to its own place; aligned at the end when queries are fewer. */
export function causal(): Mask {
  return { causal: true };
}

/**
 * Hides padding on the right: row b shows its first lengths[b] keys to every query.
 *
 * @param lengths Tokens of each row, one number a row of the batch, each in [0, keys].
 * @param keys Number of keys, padding included.
 * @returns A mask that owns one tensor; {@link disposeMask} frees it.
 * @throws RangeError if a length is out of range.
 */
export function padding(lengths: readonly number[], keys: number): Mask {
  checkCount("keys", keys);
  for (const length of lengths) {
    if (!(Number.isInteger(length) && length >= 0 && length <= keys)) {
      throw new RangeError(`lengths: expected whole numbers in [0, ${keys}], got ${length}`);
    }
  }
  const visible = lengths.flatMap((length) =>
    Array.from({ length: keys }, (_, key) => key < length),
  );
  return { keys: tensor2d(visible, [lengths.length, keys], "bool") };
}

/**
 * Hides padding wherever it is: every key whose token is padId.
 *
 * @param ids int32 [batch, keys]
 * @returns A mask that owns one tensor; {@link disposeMask} frees it.
 */
export function paddingFromIds(ids: Tensor2D, padId: number): Mask {
  return { keys: tidy(() => notEqual(ids, padId) as Tensor2D) };
}

/**
 * A mask of one's own.
 *
 * @param mayAttend bool, broadcastable to [batch, heads, queries, keys]; stays the caller's until
 *   {@link disposeMask}.
 * @throws RangeError if it is not bool.
 */
export function dense(mayAttend: Tensor): Mask {
  if (mayAttend.dtype !== "bool") {
    throw new RangeError(`mayAttend: expected bool, got ${mayAttend.dtype}`);
  }
  return { dense: mayAttend };
}

/**
 * Keys near the query's own place only: from so many before it to so many after it.
 *
 * @param options How far it reaches.
 * @param options.before Whole number from 0. Default: all keys before.
 * @param options.after Whole number from 0. Default: all keys after.
 * @throws RangeError if one is no whole number from 0.
 * @see Beltagy et al. 2020, Longformer, §3.1, https://arxiv.org/abs/2004.05150
 */
export function window({ before, after }: { before?: number; after?: number }): Mask {
  if (before !== undefined) checkCount("before", before, 0);
  if (after !== undefined) checkCount("after", after, 0);
  return { window: { before, after } };
}

/**
 * The last tokens up to the query's own, that one counted.
 *
 * @param tokens Whole number from 1: a window of 1 is the query's own token alone.
 * @throws RangeError if it is no whole number from 1.
 * @see Jiang et al. 2023, Mistral 7B, §2, https://arxiv.org/abs/2310.06825
 */
export function causalWindow(tokens: number): Mask {
  checkCount("tokens", tokens);
  return window({ before: tokens - 1, after: 0 });
}

/**
 * The keys at most radius tokens away, on either side.
 *
 * @param radius Whole number from 0.
 * @throws RangeError if it is no whole number from 0.
 * @see Beltagy et al. 2020, Longformer, §3.1, https://arxiv.org/abs/2004.05150
 */
export function symmetricWindow(radius: number): Mask {
  checkCount("radius", radius, 0);
  return window({ before: radius, after: radius });
}

/**
 * Prefix language model: all see the first tokens, and each those up to its own place. It is causal
 * already; {@link causal} beside it would hide the prefix's later tokens again.
 *
 * @param tokens Whole number from 0.
 * @throws RangeError if it is no whole number from 0.
 * @see Raffel et al. 2020, T5, §3.2.1, https://arxiv.org/abs/1910.10683
 */
export function prefix(tokens: number): Mask {
  checkCount("tokens", tokens, 0);
  return { prefix: tokens };
}

/**
 * Several documents packed into a row, one after the other: a token sees those of its own only.
 * What is left of a row is one more document, whose tokens see each other and nothing else.
 *
 * @param lengths Tokens of each document, for each row of the batch.
 * @param seq Tokens of a row.
 * @returns A mask for self attention that owns two tensors; {@link disposeMask} frees them.
 * @throws RangeError if a length is no whole number from 0, or those of a row are more than seq.
 * @see Krell et al. 2021, Efficient Sequence Packing without Cross-contamination, §3.2,
 *   https://arxiv.org/abs/2107.02027
 */
export function documents(lengths: readonly (readonly number[])[], seq: number): Mask {
  checkCount("seq", seq);
  const ids = lengths.flatMap((row) => {
    for (const length of row) checkCount("lengths", length, 0);
    const numbers = row.flatMap((length, n) => Array<number>(length).fill(n));
    if (numbers.length > seq) {
      throw new RangeError(
        `lengths: expected at most ${seq} tokens in a row, got ${numbers.length}`,
      );
    }
    return [...numbers, ...Array<number>(seq - numbers.length).fill(row.length)];
  });
  const queries = tensor2d(ids, [lengths.length, seq], "int32");
  return { documents: { queries, keys: clone(queries) } };
}

/**
 * Several documents packed into a row: a query sees the keys with its own number.
 *
 * @param queries int32 [batch, queries]: the number of each token's document.
 * @param keys int32 [batch, keys]. Default: queries.
 * @returns A mask that owns two tensors; {@link disposeMask} frees them.
 * @throws ShapeError if they are not of two axes with one batch; RangeError if they are not int32.
 */
export function documentsFromIds(queries: Tensor2D, keys: Tensor2D = queries): Mask {
  checkShapes(["queries", queries, "batch queries"], ["keys", keys, "batch keys"]);
  for (const [name, { dtype }] of Object.entries({ queries, keys })) {
    if (dtype !== "int32") throw new RangeError(`${name}: expected int32, got ${dtype}`);
  }
  return { documents: { queries: clone(queries), keys: clone(keys) } };
}

/** Frees the tensors of a mask. */
export function disposeMask({ keys, dense, documents }: Mask): void {
  for (const tensor of [keys, dense, documents?.queries, documents?.keys]) tensor?.dispose();
}
