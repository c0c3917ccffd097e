import type { Tensor } from "@tensorflow/tfjs-core";
import type { KernelInputs } from "../run-kernel";
import { checkShapes, ShapeError } from "../shapes";
import type { Differentiable } from "../with-gradient";
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

/**
 * One way of computing attention: gives an output, what is kept of the call, and by it the gradients
 * for query, key, value and, where there is one, bias.
 */
export type Run = (operands: Operands, settings: Settings) => Differentiable<KernelInputs>;

/** 64 MB; as a number, since bundlers keep what is worked out. */
const SCORE_BYTES = 67_108_864;

/**
 * Checks all but dropout.
 *
 * @param value Undefined where only weights are asked for.
 * @returns The sizes of the scores, and the options with their defaults.
 * @throws ShapeError if sizes that are shared differ; RangeError for an option out of range.
 */
export function settled(
  query: Tensor,
  key: Tensor,
  value: Tensor | undefined,
  options: AttentionOptions,
): { sizes: ScoreSizes; settings: Settings } {
  const { mask = {}, bias, dropout, layout = "bhsd", keyCount } = options;
  const { scale = 1 / Math.sqrt(query.shape[3]!), scoreBytes = SCORE_BYTES } = options;
  checkLayout(layout);
  checkQueryAndKey(query, key, layout);
  const [batch, second, third] = query.shape as [number, number, number];
  const [, keySecond, keyThird] = key.shape as [number, number, number];
  const [heads, queries] = layout === "bhsd" ? [second, third] : [third, second];
  const [kvHeads, keys] = layout === "bhsd" ? [keySecond, keyThird] : [keyThird, keySecond];
  if (heads % kvHeads !== 0) {
    throw new ShapeError(
      `key: expected a number of heads that divides the query's ${heads}, got ${kvHeads}`,
    );
  }
  if (!Number.isFinite(scale)) {
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
  if (value) checkValue(value, key);
  return { sizes, settings: { mask, scale, dropout, layout, keyCount, scoreBytes } };
}

/** By hand first, and in words only where something is wrong: this runs for each token. */
function checkQueryAndKey(query: Tensor, key: Tensor, layout: AttentionLayout): void {
  const [q, k] = [query.shape, key.shape];
  if (q.length === 4 && k.length === 4 && q[0] === k[0] && q[3] === k[3]) return;
  const [own, shared] =
    layout === "bhsd" ? ["heads queries", "kvHeads keys"] : ["queries heads", "keys kvHeads"];
  checkShapes(["query", query, `batch ${own} headDim`], ["key", key, `batch ${shared} headDim`]);
}

function checkValue(value: Tensor, { shape: k }: Tensor): void {
  const v = value.shape;
  if (v.length === 4 && v[0] === k[0] && v[1] === k[1] && v[2] === k[2]) return;
  checkShapes(["value", value, `${k[0]} ${k[1]} ${k[2]} valueDim`]);
}

/** @throws RangeError for what is no layout. */
export function checkLayout(layout: string): void {
  if (layout !== "bhsd" && layout !== "bshd") {
    throw new RangeError(`layout: expected "bhsd" or "bshd", got "${layout}"`);
  }
}
