import { greater, randomUniform, type Tensor } from "@tensorflow/tfjs-core";

/** The same numbers in [-3, 3) for the same seed. */
export function floats(shape: number[], seed = 3): Tensor {
  return randomUniform(shape, -3, 3, "float32", seed);
}

/** The same whole numbers in [low, high) for the same seed. */
export function wholes(shape: number[], seed = 3, low = -9, high = 9): Tensor {
  return randomUniform(shape, low, high, "int32", seed);
}

/** The same bools for the same seed. */
export function bools(shape: number[], seed = 3): Tensor {
  return greater(floats(shape, seed), 0);
}

/** 0 to 67: every tail there is, and nothing at all. */
export const everySize: readonly number[] = Array.from({ length: 68 }, (_, n) => n);
