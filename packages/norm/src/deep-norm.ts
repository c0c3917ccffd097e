import { add, mul, type Tensor, type Tensor1D, tidy } from "@tensorflow/tfjs-core";
import { checkCount, ShapeError } from "@tx/core";
import { layerNorm } from "@tx/ops";

export interface DeepNormCoefficients {
  /** Multiplies the residual stream before a sub-layer's output is added. */
  readonly alpha: number;
  /**
   * Multiplies the standard deviation of the first values of what DeepNorm scales down: the value
   * and output projections of attention and both maps of the feed-forward. Queries and keys are not.
   */
  readonly beta: number;
}

/** How many layers each side has; a side that is left away is not there. */
export interface DeepNormLayers {
  readonly encoder?: number;
  readonly decoder?: number;
}

/**
 * DeepNorm's coefficients for each side of a model of N encoder and M decoder layers.
 *
 * | model | side | alpha | beta |
 * | --- | --- | --- | --- |
 * | encoder only | encoder | (2N)^(1/4) | (8N)^(−1/4) |
 * | decoder only | decoder | (2M)^(1/4) | (8M)^(−1/4) |
 * | both | encoder | 0.81 (N⁴M)^(1/16) | 0.87 (N⁴M)^(−1/16) |
 * | both | decoder | (3M)^(1/4) | (12M)^(−1/4) |
 *
 * 0.87 is as the paper prints it; the authors' code has 1/1.15.
 *
 * @returns Coefficients of the sides that were given.
 * @throws RangeError if a number of layers is not a whole number from 1, or neither is given.
 * @see Wang et al. 2022, DeepNet: Scaling Transformers to 1,000 Layers, §3, figure 2,
 *   https://arxiv.org/abs/2203.00555
 */
export function deepNormCoefficients<const Layers extends DeepNormLayers>(
  layers: Layers,
): { readonly [Side in keyof Layers & keyof DeepNormLayers]: DeepNormCoefficients };
export function deepNormCoefficients({ encoder, decoder }: DeepNormLayers): {
  encoder?: DeepNormCoefficients;
  decoder?: DeepNormCoefficients;
} {
  if (encoder !== undefined) checkCount("encoder", encoder);
  if (decoder !== undefined) checkCount("decoder", decoder);
  if (encoder !== undefined && decoder !== undefined) {
    const both = (encoder ** 4 * decoder) ** (1 / 16);
    return {
      encoder: { alpha: 0.81 * both, beta: 0.87 / both },
      decoder: { alpha: (3 * decoder) ** 0.25, beta: (12 * decoder) ** -0.25 },
    };
  }
  if (encoder !== undefined) return { encoder: alone(encoder) };
  if (decoder !== undefined) return { decoder: alone(decoder) };
  throw new RangeError("layers: expected encoder, decoder or both, got neither");
}

const alone = (layers: number): DeepNormCoefficients => ({
  alpha: (2 * layers) ** 0.25,
  beta: (8 * layers) ** -0.25,
});

export interface DeepNormOptions {
  /** Of {@link deepNormCoefficients}. */
  alpha: number;
  /** [width]; 1 if not given. */
  gain?: Tensor1D | undefined;
  /** [width]; 0 if not given. */
  bias?: Tensor1D | undefined;
  /** Added to the variance inside the root. Default 1e-5. */
  eps?: number;
}

/**
 * A residual connection that stays stable over a thousand layers: LayerNorm(alpha · x + output).
 * With alpha 1 it is post-norm.
 *
 * @param x [..., width], what went into the sub-layer.
 * @param output The shape of x, what came out of it.
 * @returns The shape of x.
 * @throws ShapeError if the shapes differ, or gain or bias is not [width]; RangeError if alpha or
 *   eps is not positive or a bias comes without a gain.
 * @see Wang et al. 2022, DeepNet: Scaling Transformers to 1,000 Layers, §3,
 *   https://arxiv.org/abs/2203.00555
 */
export function deepNorm<T extends Tensor>(
  x: T,
  output: T,
  { alpha, gain, bias, eps }: DeepNormOptions,
): T {
  if (!(alpha > 0 && alpha < Infinity)) {
    throw new RangeError(`alpha: expected a positive number, got ${alpha}`);
  }
  if (x.shape.join() !== output.shape.join()) {
    const [wanted, got] = [x.shape.join(", "), output.shape.join(", ")];
    throw new ShapeError(`output: expected the shape of x, [${wanted}], got [${got}]`);
  }
  return tidy(() => layerNorm<T>(add(mul(x, alpha), output), gain, bias, eps));
}
