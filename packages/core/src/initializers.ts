import { fill, randomNormal, randomUniform } from "@tensorflow/tfjs-core";
import type { Initializer } from "./parameter";
import type { Rng } from "./rng";

/** The same number everywhere. */
export const constant =
  (value: number): Initializer =>
  (shape) =>
    fill(shape, value);

export const zeros: Initializer = /* @__PURE__ */ constant(0);

export const ones: Initializer = /* @__PURE__ */ constant(1);

/** Gaussian of mean 0 and the given standard deviation. */
export const normal =
  (std: number, rng: Rng): Initializer =>
  (shape) =>
    randomNormal(shape, 0, std, "float32", rng.nextSeed());

/**
 * Uniform in ±√(6 / (inputs + outputs)) for a kernel [inputs, outputs], which keeps the variance
 * of signals and gradients level.
 *
 * @see Glorot and Bengio 2010, Understanding the difficulty of training deep feedforward neural
 *   networks, §4.2.1
 */
export const xavierUniform =
  (rng: Rng): Initializer =>
  (shape) => {
    const [outputs = 1, inputs = 1] = [...shape].reverse();
    const limit = Math.sqrt(6 / (inputs + outputs));
    return randomUniform(shape, -limit, limit, "float32", rng.nextSeed());
  };
