import { alibi, learned, rope, shaw, sinusoidal, t5Bias, transformerXL, xpos } from "../index";
import type { PositionalFactory } from "./subject";

/** Every strategy of this package in its variants, for the tests of all backends. */
export const allStrategies: Record<string, PositionalFactory> = {
  sinusoidal: ({ dModel }) => sinusoidal({ dModel }),
  "sinusoidal, concat": ({ dModel }) => sinusoidal({ dModel, layout: "concat", base: 500 }),
  learned: ({ maxLen, dModel, rng }) => learned({ maxLen, dModel, rng }),
  rope: ({ headDim }) => rope({ headDim }),
  "rope, interleaved and partial": ({ headDim }) =>
    rope({ headDim, pairing: "interleaved", rotaryDim: 2 }),
  "rope, linear": ({ headDim }) => rope({ headDim, scaling: { type: "linear", factor: 4 } }),
  "rope, ntk": ({ headDim }) => rope({ headDim, scaling: { type: "ntk", factor: 4 } }),
  "rope, dynamic ntk": ({ headDim }) =>
    rope({ headDim, scaling: { type: "dynamic-ntk", factor: 2, originalMaxLen: 6 } }),
  "rope, yarn": ({ headDim }) =>
    rope({ headDim, scaling: { type: "yarn", factor: 4, originalMaxLen: 100 } }),
  "rope, yarn by rotations": ({ headDim }) =>
    rope({
      headDim,
      scaling: { type: "yarn", factor: 4, originalMaxLen: 100, ramp: "rotations" },
    }),
  "rope, llama3": ({ headDim }) =>
    rope({ headDim, scaling: { type: "llama3", factor: 8, originalMaxLen: 100 } }),
  "rope, longrope": ({ headDim }) =>
    rope({
      headDim,
      scaling: {
        type: "longrope",
        shortFactors: [1, 1.5],
        longFactors: [2, 5],
        originalMaxLen: 6,
        factor: 4,
      },
    }),
  xpos: ({ headDim }) => xpos({ headDim }),
  "xpos, interleaved": ({ headDim }) =>
    xpos({ headDim, pairing: "interleaved", center: 7, scaleBase: 40 }),
  alibi: () => alibi(),
  t5: ({ heads, rng }) => t5Bias({ heads, rng }),
  "t5, bidirectional": ({ heads, rng }) =>
    t5Bias({ heads, rng, buckets: 8, maxDistance: 6, bidirectional: true }),
  shaw: ({ headDim, rng }) => shaw({ headDim, clip: 3, rng }),
  "shaw, a table a head, keys only": ({ headDim, heads, rng }) =>
    shaw({ headDim, heads, clip: 2, values: false, rng }),
  "transformer-xl": ({ dModel, heads, headDim, layers, rng }) =>
    transformerXL({ dModel, heads, headDim, layers, memoryLen: 5, rng }),
  "transformer-xl, clamped": ({ dModel, heads, headDim, layers, rng }) =>
    transformerXL({ dModel, heads, headDim, layers, shared: false, clampLen: 3, rng }),
};
