import { mul, type Tensor4D } from "@tensorflow/tfjs-core";
import { matMul } from "@tx/ops";
import type { ScorePart } from "./score-function";

export interface ScaledDotProductOptions {
  /**
   * Multiplies the dot products. Default 1 / √headDim, which keeps their variance at 1; T5 and
   * other models that scale their first weights instead have 1.
   */
  scale?: number;
}

/**
 * scale · query · keyᵀ, what attention does unless told otherwise.
 *
 * @throws RangeError if scale is not a finite number.
 * @see Vaswani et al. 2017, Attention Is All You Need, §3.2.1, https://arxiv.org/abs/1706.03762
 */
export function scaledDotProduct({ scale }: ScaledDotProductOptions = {}): ScorePart {
  if (scale !== undefined && !Number.isFinite(scale)) {
    throw new RangeError(`scale: expected a finite number, got ${scale}`);
  }
  const dotScale = (headDim: number) => scale ?? 1 / Math.sqrt(headDim);
  return {
    dotScale,
    forward: (query: Tensor4D, key: Tensor4D): Tensor4D =>
      matMul(mul(query, dotScale(query.shape[3])), key, { transposeB: true }),
  };
}
