import { broadcast_util, reshape, sum, type Tensor } from "@tensorflow/tfjs-core";

/**
 * The gradient of an operand that was broadcast: each of its entries was used many times, so its
 * gradient is the sum over them.
 *
 * @param gradient The gradient at the shape that the operand was broadcast to.
 * @param shape The operand's own shape.
 * @returns A new tensor of that shape, also if nothing had to be summed.
 */
export function unbroadcast(gradient: Tensor, shape: number[]): Tensor {
  const axes = broadcast_util.getReductionAxes(shape, gradient.shape);
  return reshape(axes.length > 0 ? sum(gradient, axes) : gradient, shape);
}
