import type { GradSaveFunc, Tensor } from "@tensorflow/tfjs-core";
import { checkShapes, ShapeError } from "../shapes";
import type { AttentionOptions } from "./attention";
import { checkBroadcast, checkMask, type ScoreSizes } from "./mask";
import type { WeightOptions } from "./reference";

/**
 * Which axis of query, key, value and output is which: batch, heads, sequence, depth of a head. In
 * "bshd" heads lie side by side in a token's row, so [batch, seq, dModel] needs but a reshape.
 */
export type AttentionLayout = "bhsd" | "bshd";

/** The tensors of one call that have gradients. */
export interface Operands {
  readonly query: Tensor;
  readonly key: Tensor;
  readonly value: Tensor;
  readonly bias: Tensor | undefined;
}

/** The options of one call, checked and with their defaults. */
export interface Settings extends WeightOptions {
  readonly layout: AttentionLayout;
  readonly keyCount: number | undefined;
  readonly scoreBytes: number;
}

/** An output, and the gradients for query, key, value and, where there is one, bias. */
interface Differentiable {
  value: Tensor;
  gradFunc: (dy: Tensor, saved: Tensor[]) => Tensor[];
}

/** One way of computing attention. */
export type Run = (operands: Operands, settings: Settings, save: GradSaveFunc) => Differentiable;

/** 64 MB */
const SCORE_BYTES = 2 ** 26;

export function settingsOf(query: Tensor, options: AttentionOptions): Settings {
  const { mask = {}, scale = 1 / Math.sqrt(query.shape[3]!), dropout } = options;
  const { layout = "bhsd", keyCount, scoreBytes = SCORE_BYTES } = options;
  return { mask, scale, dropout, layout, keyCount, scoreBytes };
}

/** What is there of some tensors that may be absent, with their names. */
export function present<T>(given: Record<string, T | undefined>): [string, T][] {
  return Object.entries(given).filter((entry): entry is [string, T] => entry[1] !== undefined);
}

/**
 * Checks all but value and dropout.
 *
 * @returns The sizes of the scores, and the pattern of value's shape.
 */
export function checkCall(
  query: Tensor,
  key: Tensor,
  { mask = {}, bias, scale, layout = "bhsd", keyCount, scoreBytes = SCORE_BYTES }: AttentionOptions,
): { sizes: ScoreSizes; valuePattern: string } {
  checkLayout(layout);
  const pattern = (heads: string | number, rows: string | number) =>
    layout === "bhsd" ? `${heads} ${rows}` : `${rows} ${heads}`;
  const { batch, heads, kvHeads, queries, keys } = checkShapes(
    ["query", query, `batch ${pattern("heads", "queries")} headDim`],
    ["key", key, `batch ${pattern("kvHeads", "keys")} headDim`],
  ) as Record<"batch" | "heads" | "kvHeads" | "queries" | "keys", number>;
  if (heads % kvHeads !== 0) {
    throw new ShapeError(
      `key: expected a number of heads that divides the query's ${heads}, got ${kvHeads}`,
    );
  }
  if (scale !== undefined && !Number.isFinite(scale)) {
    throw new RangeError(`scale: expected a finite number, got ${scale}`);
  }
  if (
    keyCount !== undefined &&
    !(Number.isInteger(keyCount) && keyCount >= 0 && keyCount <= keys)
  ) {
    throw new RangeError(`keyCount: expected a whole number from 0 to ${keys}, got ${keyCount}`);
  }
  if (!(scoreBytes > 0)) {
    throw new RangeError(`scoreBytes: expected a positive number, got ${scoreBytes}`);
  }
  const sizes = { batch, heads, queries, keys: keyCount ?? keys };
  checkMask(mask, sizes);
  if (bias) checkBroadcast("bias", bias, sizes);
  return { sizes, valuePattern: `${batch} ${pattern(kvHeads, keys)} valueDim` };
}

/** @throws RangeError for what is no layout. */
export function checkLayout(layout: string): void {
  if (layout !== "bhsd" && layout !== "bshd") {
    throw new RangeError(`layout: expected "bhsd" or "bshd", got "${layout}"`);
  }
}
