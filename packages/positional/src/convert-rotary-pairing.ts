import { gather, type Tensor1D, type Tensor2D, tensor1d, tidy } from "@tensorflow/tfjs-core";
import { checkCount, checkShapes } from "@tx/core";
import type { RotaryPairing } from "@tx/ops";
import { checkPairing, checkRotaryDim } from "./rope-options";

export interface ConvertRotaryPairingOptions {
  /** Heads of the projection: of keys those of keys. */
  heads: number;
  /** Width of a head. */
  headDim: number;
  /** How many features turn, the first ones of each head. Default headDim. */
  rotaryDim?: number;
  /** The pairing that the weights were trained with. */
  from: RotaryPairing;
  /** The pairing that they are to be used with. */
  to: RotaryPairing;
}

/**
 * Weights of a query or key projection for the other pairing of rotary features. Where both
 * projections are converted, scores stay what they were, up to the order of their sums.
 *
 * @param weight Kernel [in, heads · headDim], or bias [heads · headDim]; a norm's gain [headDim] with
 *   heads: 1.
 * @returns The shape of weight; the caller disposes it.
 * @throws ShapeError if weight does not have the heads' width; RangeError if an option makes no sense.
 * @see Su et al. 2021, RoFormer, §3.2.2, https://arxiv.org/abs/2104.09864 (interleaved)
 */
export function convertRotaryPairing<T extends Tensor1D | Tensor2D>(
  weight: T,
  { heads, headDim, rotaryDim = headDim, from, to }: ConvertRotaryPairingOptions,
): T {
  checkCount("heads", heads);
  checkCount("headDim", headDim);
  checkRotaryDim(rotaryDim, headDim);
  checkPairing("from", from);
  checkPairing("to", to);
  const width = heads * headDim;
  checkShapes(["weight", weight, weight.rank === 1 ? `${width}` : `in ${width}`]);
  const place = (pairing: RotaryPairing, pair: number, member: number) =>
    pairing === "half" ? pair + (member * rotaryDim) / 2 : 2 * pair + member;
  // Which feature comes to each place of a head; those that do not turn stay.
  const order = Array.from({ length: headDim }, (_, feature) => feature);
  for (let pair = 0; pair < rotaryDim / 2; pair++) {
    for (const member of [0, 1]) order[place(to, pair, member)] = place(from, pair, member);
  }
  const features = Array.from({ length: heads }, (_, head) =>
    order.map((feature) => head * headDim + feature),
  );
  return tidy(() => gather(weight, tensor1d(features.flat(), "int32"), weight.rank - 1) as T);
}
