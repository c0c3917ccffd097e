import { clone, logicalAnd, type Tensor, type Tensor2D, tidy } from "@tensorflow/tfjs-core";
import type { Mask } from "@tx/core";

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
