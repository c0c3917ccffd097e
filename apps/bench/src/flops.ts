import type { BenchConfig } from "./configs";

/**
 * Floating-point operations of a training step: two a weight and token forward, four backward, and
 * attention's two products and their gradients, counted in full and not halved for causality. Position
 * tables multiply nothing, and are not counted.
 *
 * @see Chowdhery et al. 2022, PaLM, appendix B (model FLOPs)
 */
export function stepFlops(config: BenchConfig, parameters: number): number {
  const { layers, dModel, length, batch } = config;
  const tokens = batch * length;
  const weights = parameters - length * dModel;
  return tokens * (6 * weights + 12 * layers * length * dModel);
}

/**
 * Floating-point operations of attention, forward (two products) and backward (five), in full and not
 * halved for causality.
 */
export function attentionFlops(heads: number, length: number, headDim: number): number {
  return 7 * 2 * heads * length * length * headDim;
}
