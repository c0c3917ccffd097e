import { randomNormal, type Tensor3D, tidy } from "@tensorflow/tfjs-core";
import type { Module } from "@tx/core";

/** A module with every parameter drawn anew, large, so that none can be left out unnoticed. */
export function drawn<M extends Module>(module: M, seed = 1): M {
  tidy(() => {
    let next = seed;
    for (const parameter of module.parameters().values()) {
      parameter.assign(randomNormal(parameter.shape, 0.1, 0.5, "float32", next++));
    }
  });
  return module;
}

/** A stream [batch, seq, dModel]. */
export function streamOf(shape: [number, number, number], seed = 31): Tensor3D {
  return randomNormal(shape, 0, 1, "float32", seed);
}
