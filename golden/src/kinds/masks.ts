import { greater, reshape, type Tensor, type Tensor2D, zeros } from "@tensorflow/tfjs-core";
import { and, causal, padding } from "@tx/attention";
import type { Mask } from "@tx/core";
import { maskedSoftmax } from "@tx/ops";
import type { CaseReader } from "../case-reader";
import type { CaseTensor } from "../golden-case";
import { NotMapped } from "../not-mapped";
import { bools } from "../tensors";

/** Makes a mask, whose tensors the caller frees. */
export type MaskMaker = () => Mask;

/** The conjunction of the masks that are there, or undefined if none is. */
export function joined(makers: readonly (MaskMaker | undefined)[]): Mask | undefined {
  const masks = makers.flatMap((make) => (make ? [make()] : []));
  return masks.length === 0 ? undefined : and(...masks);
}

/** config.causal, aligned at the end. Absent means no. */
export function causalMask(reader: CaseReader): MaskMaker | undefined {
  reader.phrase("alignment", /^bottom-right\b/);
  return reader.flag("causal", false) ? causal : undefined;
}

/** Mask of the keys that hold tokens, from 1 and 0 [batch, keys]. */
export function keyMask(kept: CaseTensor): MaskMaker {
  const lengths = rightPaddedLengths(kept);
  return () => (lengths ? padding(lengths, kept.shape[1]!) : { keys: bools<Tensor2D>(kept) });
}

/**
 * inputs.mask by its shape: [batch, keys], [queries, keys],
 * [batch, queries, keys] or [batch, heads, queries, keys]. Where the first two look the same it is
 * the first: masks of keys are the more common input.
 */
export function inputMask(
  mask: CaseTensor,
  sizes: { batch: number; queries: number; keys: number },
): MaskMaker {
  const { batch, queries, keys } = sizes;
  const shape = mask.shape.join();
  if (shape === `${batch},${keys}`) return keyMask(mask);
  if (shape === `${queries},${keys}`) return () => ({ dense: bools(mask) });
  if (shape === `${batch},${queries},${keys}`) {
    return () => ({ dense: reshape(bools(mask), [batch, 1, queries, keys]) });
  }
  if (mask.shape.length === 4) return () => ({ dense: bools(mask) });
  throw new NotMapped(`inputs.mask: expected a mask of keys or scores, got [${mask.shape}]`);
}

/** Where a query of no preference has weight: the mask itself, bool [batch, 1, queries, keys]. */
export function allowed(
  mask: Mask | undefined,
  { batch, queries, keys }: { batch: number; queries: number; keys: number },
): Tensor {
  return greater(maskedSoftmax(zeros([batch, 1, queries, keys]), { mask }), 0);
}

/** Row lengths if every row is ones followed by zeros. */
function rightPaddedLengths({ shape, data }: CaseTensor): number[] | undefined {
  const [batch, keys] = shape as [number, number];
  const rows = Array.from({ length: batch }, (_, row) => data.slice(row * keys, (row + 1) * keys));
  const padded = rows.every((row) => row.every((kept, i) => i === 0 || kept <= row[i - 1]!));
  return padded ? rows.map((row) => row.reduce((sum, kept) => sum + kept, 0)) : undefined;
}
