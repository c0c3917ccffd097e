import {
  clone,
  equal,
  expandDims,
  logicalAnd,
  type Tensor,
  type Tensor2D,
  tidy,
} from "@tensorflow/tfjs-core";
import type { Mask } from "@tx/core";

/**
 * What all the given masks allow.
 *
 * @returns A mask with tensors of its own, which outlive the given masks'.
 * @throws Error of tfjs if tensors of the masks do not broadcast together.
 */
export function and(...masks: readonly Mask[]): Mask {
  const [documents, ...more] = masks.flatMap((mask) => mask.documents ?? []);
  const windows = masks.flatMap((mask) => mask.window ?? []);
  const joined = ([first, ...others]: readonly Tensor[]) =>
    first && others.reduce((a, b) => logicalAnd(a, b), clone(first));
  // One tidy for all fields: the first is freed where a later one fails.
  const [keys, dense, queryDocuments, keyDocuments] = tidy(() => [
    joined(masks.flatMap((mask) => mask.keys ?? [])),
    // A mask has one field for documents: those of further masks are told pair by pair.
    joined([...masks.flatMap((mask) => mask.dense ?? []), ...more.map(sameDocument)]),
    ...(documents ? [clone(documents.queries), clone(documents.keys)] : []),
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

/** bool [batch, 1, queries, keys] */
function sameDocument({ queries, keys }: NonNullable<Mask["documents"]>): Tensor {
  return expandDims(equal(expandDims(queries, 2), expandDims(keys, 1)), 1);
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
