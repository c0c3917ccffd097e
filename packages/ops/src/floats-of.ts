import { cast, mul, type Tensor, tidy } from "@tensorflow/tfjs-core";

/**
 * Flags or whole numbers as float32, for whatever is to be done with them.
 *
 * A cast alone will not do: tfjs 4.22.0's webgpu backend keeps the whole numbers in memory, which its
 * transpose, for one, then takes for floats.
 *
 * @param x bool or int32, any shape. No gradient flows through.
 * @returns The shape of x.
 */
export function floatsOf<T extends Tensor>(x: T): T {
  return tidy(() => mul(cast(x, "float32"), 1) as T);
}
