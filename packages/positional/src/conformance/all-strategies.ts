import {
  alibi,
  axial,
  combined,
  cope,
  dape,
  fire,
  kerple,
  learned,
  nope,
  perLayer,
  rope,
  scaledRope,
  shaw,
  sinusoidal,
  t5Bias,
  trainedSinusoidal,
  transformerXL,
  xpos,
} from "../index";
import type { PositionalFactory } from "./subject";

/** Every strategy of this package in its variants, for the tests of all backends. */
export const allStrategies: Record<string, PositionalFactory> = {
  sinusoidal: ({ dModel }) => sinusoidal({ dModel }),
  "sinusoidal, concat": ({ dModel }) => sinusoidal({ dModel, layout: "concat", base: 500 }),
  learned: ({ maxLen, dModel, rng }) => learned({ maxLen, dModel, rng }),
  rope: ({ headDim }) => rope({ headDim }),
  "rope, interleaved and partial": ({ headDim }) =>
    rope({ headDim, pairing: "interleaved", rotaryDim: 2 }),
  "rope, linear": ({ headDim }) => scaledRope({ headDim, scaling: { type: "linear", factor: 4 } }),
  "rope, ntk": ({ headDim }) => scaledRope({ headDim, scaling: { type: "ntk", factor: 4 } }),
  "rope, dynamic ntk": ({ headDim }) =>
    scaledRope({ headDim, scaling: { type: "dynamic-ntk", factor: 2, originalMaxLen: 6 } }),
  "rope, yarn": ({ headDim }) =>
    scaledRope({ headDim, scaling: { type: "yarn", factor: 4, originalMaxLen: 100 } }),
  "rope, yarn by rotations": ({ headDim }) =>
    scaledRope({
      headDim,
      scaling: { type: "yarn", factor: 4, originalMaxLen: 100, ramp: "rotations" },
    }),
  "rope, llama3": ({ headDim }) =>
    scaledRope({ headDim, scaling: { type: "llama3", factor: 8, originalMaxLen: 100 } }),
  "rope, longrope": ({ headDim }) =>
    scaledRope({
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
  "trained sinusoidal": ({ maxLen, dModel }) => trainedSinusoidal({ maxLen, dModel }),
  "axial, concat": ({ maxLen, dModel, rng }) => axial({ maxLen, dModel, rng }),
  "axial, sum": ({ dModel, rng }) => axial({ shape: [3, 7], dModel, combine: "sum", rng }),
  nope: () => nope(),
  alibi: () => alibi(),
  "alibi, causal": () => alibi({ form: "causal" }),
  kerple: ({ heads, rng }) => kerple({ heads, rng }),
  "kerple, power": ({ heads, rng }) => kerple({ heads, form: "power", rng }),
  fire: ({ heads, rng }) => fire({ heads, hidden: 5, threshold: 4, rng }),
  cope: ({ headDim, rng }) => cope({ headDim, maxPositions: 4, rng }),
  "cope, a table a head and a layer": ({ headDim, heads, layers, rng }) =>
    cope({ headDim, heads, layers, maxPositions: 9, rng }),
  dape: ({ heads, layers, rng }) => dape({ around: alibi(), heads, hidden: 5, layers, rng }),
  "dape around kerple": ({ heads, layers, rng }) =>
    dape({ around: kerple({ heads, rng }), heads, hidden: 4, layers, rng }),
  combined: ({ maxLen, dModel, headDim, heads, rng }) =>
    combined([learned({ maxLen, dModel, rng }), rope({ headDim }), t5Bias({ heads, rng })]),
  "per layer": ({ headDim, rng }) => perLayer([rope({ headDim }), shaw({ headDim, clip: 3, rng })]),
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

/**
 * Some that have every hook of the contract between them, for where all take too long: embed, rotate
 * and bias; scores and values; memory.
 */
export const everyHook: readonly string[] = ["combined", "shaw", "transformer-xl"];
