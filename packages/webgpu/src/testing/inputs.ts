import { randomUniform, type Tensor } from "@tensorflow/tfjs-core";

/** The same numbers in [-2, 3) for the same seed. */
export function floats(shape: readonly number[], seed = 3): Tensor {
  return randomUniform([...shape], -2, 3, "float32", seed);
}

/** The same whole numbers in [low, high) for the same seed. */
export function wholes(shape: readonly number[], low: number, high: number, seed = 3): Tensor {
  return randomUniform([...shape], low, high, "int32", seed);
}
