import { alibi, learned, rope, shaw, sinusoidal, t5Bias, transformerXL } from "../index";
import type { PositionalFactory } from "./subject";

/** Every strategy of this package in its variants, for the tests of all backends. */
export const allStrategies: Record<string, PositionalFactory> = {
  sinusoidal: ({ dModel }) => sinusoidal({ dModel }),
  "sinusoidal, concat": ({ dModel }) => sinusoidal({ dModel, layout: "concat", base: 500 }),
  learned: ({ maxLen, dModel, rng }) => learned({ maxLen, dModel, rng }),
  rope: ({ headDim }) => rope({ headDim }),
  "rope, interleaved and partial": ({ headDim }) =>
    rope({ headDim, pairing: "interleaved", rotaryDim: 2 }),
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
