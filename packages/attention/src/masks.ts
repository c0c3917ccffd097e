import {
  clone,
  logicalAnd,
  notEqual,
  type Tensor,
  type Tensor2D,
  tensor2d,
  tidy,
} from "@tensorflow/tfjs-core";
import { checkCount, type Mask } from "@tx/core";

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
 * What all the given masks allow.
 *
 * @returns A mask with tensors of its own, which outlive the given masks'.
 * @throws RangeError if two masks have documents; Error of tfjs if tensors of the masks do not
 *   broadcast together.
 */
export function and(...masks: readonly Mask[]): Mask {
  const documents = masks.flatMap((mask) => mask.documents ?? []);
  if (documents.length > 1) {
    throw new RangeError(`masks: expected at most one with documents, got ${documents.length}`);
  }
  const windows = masks.flatMap((mask) => mask.window ?? []);
  const joined = (field: "keys" | "dense") => {
    const [first, ...others] = masks.flatMap((mask) => mask[field] ?? []);
    return first && others.reduce((a: Tensor, b) => logicalAnd(a, b), clone(first));
  };
  // One tidy for all fields: the first is freed where a later one fails.
  const [keys, dense, queryDocuments, keyDocuments] = tidy(() => [
    joined("keys"),
    joined("dense"),
    ...documents.flatMap((given) => [clone(given.queries), clone(given.keys)]),
  ]);
  return {
    causal: masks.some((mask) => mask.causal),
    keys: keys as Tensor2D | undefined,
    dense,
    window: windows.length > 0 ? joinWindows(windows) : undefined,
    prefix: least(masks.map((mask) => mask.prefix)),
    documents:
      queryDocuments && keyDocuments
        ? { queries: queryDocuments as Tensor2D, keys: keyDocuments as Tensor2D }
        : undefined,
  };
}

/** Frees the tensors of a mask. */
export function disposeMask({ keys, dense, documents }: Mask): void {
  for (const tensor of [keys, dense, documents?.queries, documents?.keys]) tensor?.dispose();
}

function joinWindows(windows: readonly NonNullable<Mask["window"]>[]): NonNullable<Mask["window"]> {
  return {
    before: least(windows.map(({ before }) => before)),
    after: least(windows.map(({ after }) => after)),
  };
}

function least(counts: readonly (number | undefined)[]): number | undefined {
  const given = counts.filter((count) => count !== undefined);
  return given.length > 0 ? Math.min(...given) : undefined;
}
