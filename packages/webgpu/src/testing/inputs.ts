import { randomUniform, type Tensor } from "@tensorflow/tfjs-core";

/** The same numbers in [-2, 3) for the same seed. */
export function floats(shape: readonly number[], seed = 3): Tensor {
  return randomUniform([...shape], -2, 3, "float32", seed);
}
