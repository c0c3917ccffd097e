import type { Tensor, Tensor2D, Tensor3D, Tensor4D } from "@tensorflow/tfjs-core";
import { runKernelOr } from "../run-kernel";
import { checkShapes, ShapeError } from "../shapes";
import { withGradient } from "../with-gradient";
import { type RotaryPairing, rotaryReference } from "./reference";

/**
 * Rotary position embedding: turns each pair of features by its position's angle. Features beyond
 * the pairs pass as they are. Differentiable by x only; its gradient is the rotation back.
 *
 * Kernel contract: `TxRotary` {x, cos, sin} {pairing, inverse} → shape of x; inverse turns by the
 * negative angle, as the gradient does.
 *
 * @param x [batch, heads, seq, headDim]
 * @param cos Cosines of the angles, [seq, pairs] or [batch, seq, pairs]; 2 · pairs may be less than
 *   headDim.
 * @param sin Sines of the angles, the shape of cos.
 * @param pairing "half" (default) pairs features i and i + pairs, as GPT-NeoX and Llama do;
 *   "interleaved" 2i and 2i + 1, as the paper does.
 * @returns The shape of x.
 * @throws ShapeError if the sizes do not fit; RangeError for another pairing.
 * @see Su et al. 2021, RoFormer, §3.4.2, https://arxiv.org/abs/2104.09864
 */
export function rotary(
  x: Tensor4D,
  cos: Tensor2D | Tensor3D,
  sin: Tensor2D | Tensor3D,
  pairing: RotaryPairing = "half",
): Tensor4D {
  if (pairing !== "interleaved" && pairing !== "half") {
    throw new RangeError(
      `pairing: expected "interleaved" or "half", got ${JSON.stringify(pairing)}`,
    );
  }
  const table = cos.rank === 3 ? "batch seq pairs" : "seq pairs";
  const { headDim, pairs } = checkShapes(
    ["x", x, "batch heads seq headDim"],
    ["cos", cos, table],
    ["sin", sin, table],
  ) as Record<"headDim" | "pairs", number>;
  if (2 * pairs > headDim) {
    throw new ShapeError(
      `cos: expected at most ${Math.floor(headDim / 2)} pairs for x, got ${pairs}`,
    );
  }
  const tables: Record<"cos" | "sin", Tensor> = { cos, sin };
  return withGradient({ x }, () => [
    runKernelOr("TxRotary", { x, ...tables }, { pairing, inverse: false }, rotaryReference),
    tables,
    ({ dy, cos, sin }) =>
      runKernelOr("TxRotary", { x: dy, cos, sin }, { pairing, inverse: true }, rotaryReference),
  ]);
}
