import type { Positional, Rng } from "@tx/core";
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
  rope,
  shaw,
  sinusoidal,
  t5Bias,
  trainedSinusoidal,
  transformerXL,
  xpos,
} from "@tx/positional";

interface Sizes {
  readonly dModel: number;
  readonly heads: number;
  readonly headDim: number;
  readonly maxLen: number;
  readonly rng: Rng;
}

/**
 * What costs differently, the one that costs nothing first. Scalings of RoPE and forms of ALiBi only
 * change numbers.
 */
export const strategies: Record<string, (sizes: Sizes) => Positional> = {
  nope: () => nope(),
  sinusoidal: ({ dModel }) => sinusoidal({ dModel }),
  learned: (sizes) => learned(sizes),
  "trained sinusoidal": (sizes) => trainedSinusoidal(sizes),
  axial: (sizes) => axial(sizes),
  rope: ({ headDim }) => rope({ headDim }),
  xpos: ({ headDim }) => xpos({ headDim }),
  alibi: () => alibi(),
  t5: (sizes) => t5Bias(sizes),
  "kerple, logarithmic": (sizes) => kerple(sizes),
  "kerple, power": (sizes) => kerple({ ...sizes, form: "power" }),
  fire: (sizes) => fire(sizes),
  shaw: ({ headDim, rng }) => shaw({ headDim, clip: 16, rng }),
  "transformer-xl": (sizes) => transformerXL(sizes),
  cope: ({ headDim, maxLen, rng }) => cope({ headDim, maxPositions: maxLen, rng }),
  "dape around kerple": (sizes) =>
    dape({ around: kerple(sizes), heads: sizes.heads, rng: sizes.rng }),
  "rope and alibi": ({ headDim }) => combined([rope({ headDim }), alibi()]),
};
