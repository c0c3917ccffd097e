import type { Positional, Rng } from "@tx/core";
import {
  alibi,
  axial,
  combined,
  cope,
  dape,
  fire,
  kerple,
  type Learned,
  learned,
  nope,
  type RopeScaling,
  rope,
  scaledRope,
  shaw,
  sinusoidal,
  t5Bias,
  trainedSinusoidal,
  transformerXL,
  xpos,
} from "@tx/positional";
import { type Text, text } from "../experiment/experiment";

export interface StrategySizes {
  readonly dModel: number;
  readonly heads: number;
  readonly headDim: number;
  readonly layers: number;
  /** Tokens of a text of training. */
  readonly length: number;
  readonly rng: Rng;
}

/** What a strategy works on. */
export type Family = "embeddings" | "rotation" | "bias" | "scores";

/** The same trained weights with other positions for longer texts. */
export interface Stretched {
  readonly name: string;
  readonly label: Text;
  /** For texts of `length` tokens, from what was trained. */
  make(trained: Positional, length: number, sizes: StrategySizes): Positional;
}

/** A strategy as it is trained. */
interface Strategy {
  readonly name: string;
  readonly label: Text;
  readonly family: Family;
  make(sizes: StrategySizes): Positional;
  readonly stretched?: readonly Stretched[];
  /** Whether long texts are read in segments too, with a memory. */
  readonly remembers?: boolean;
}

const same = (name: string): Text => text(name, name);

const scaled = (
  name: string,
  label: Text,
  scaling: (factor: number, length: number) => RopeScaling,
) => ({
  ...{ name, label },
  make: (_: Positional, reach: number, { headDim, length }: StrategySizes) =>
    scaledRope({ headDim, ...(reach > length && { scaling: scaling(reach / length, length) }) }),
});

/** Every strategy of @tx/positional, in the order of its README. */
export const strategies: readonly Strategy[] = [
  {
    ...{ name: "nope", label: same("NoPE"), family: "embeddings" },
    make: () => nope(),
  },
  {
    ...{ name: "sinusoidal", label: text("sinusoidal", "正弦"), family: "embeddings" },
    make: ({ dModel }) => sinusoidal({ dModel }),
  },
  {
    ...{ name: "learned", label: text("learned", "可学习"), family: "embeddings" },
    make: ({ dModel, length, rng }) => learned({ dModel, maxLen: length, rng }),
    stretched: [
      {
        ...{ name: "learned-stretched", label: text("learned (stretched)", "可学习（拉长）") },
        make: (trained, length) => (trained as Learned).resize(length, { method: "interpolate" }),
      },
    ],
  },
  {
    name: "trained-sinusoidal",
    label: text("trained sinusoidal", "正弦初始化再训练"),
    family: "embeddings",
    make: ({ dModel, length }) => trainedSinusoidal({ dModel, maxLen: length }),
  },
  {
    ...{ name: "axial", label: text("axial", "轴向"), family: "embeddings" },
    make: ({ dModel, length, rng }) => axial({ dModel, maxLen: length, rng }),
  },
  {
    ...{ name: "rope", label: same("RoPE"), family: "rotation" },
    make: ({ headDim }) => rope({ headDim }),
    stretched: [
      scaled("rope-linear", text("RoPE (linear)", "RoPE（线性）"), (factor) => ({
        type: "linear",
        factor,
      })),
      scaled("rope-ntk", text("RoPE (NTK)", "RoPE（NTK）"), (factor) => ({
        type: "ntk",
        factor,
      })),
      scaled("rope-yarn", text("RoPE (YaRN)", "RoPE（YaRN）"), (factor, originalMaxLen) => ({
        ...{ type: "yarn", factor, originalMaxLen },
      })),
    ],
  },
  {
    ...{ name: "xpos", label: same("xPos"), family: "rotation" },
    make: ({ headDim }) => xpos({ headDim }),
  },
  {
    ...{ name: "alibi", label: same("ALiBi"), family: "bias" },
    make: () => alibi(),
  },
  {
    ...{ name: "rope-alibi", label: text("RoPE and ALiBi", "RoPE 加 ALiBi"), family: "rotation" },
    make: ({ headDim }) => combined([rope({ headDim }), alibi()]),
  },
  {
    ...{ name: "kerple", label: same("KERPLE"), family: "bias" },
    make: ({ heads, rng }) => kerple({ heads, rng }),
  },
  {
    ...{ name: "t5", label: same("T5"), family: "bias" },
    make: ({ heads, length, rng }) =>
      t5Bias({ heads, buckets: 16, maxDistance: Math.max(length, 16), rng }),
  },
  {
    ...{ name: "fire", label: same("FIRE"), family: "bias" },
    make: ({ heads, length, rng }) => fire({ heads, threshold: length / 2, rng }),
  },
  {
    ...{ name: "shaw", label: same("Shaw"), family: "scores" },
    make: ({ headDim, rng }) => shaw({ headDim, clip: 8, rng }),
  },
  {
    ...{ name: "transformer-xl", label: same("Transformer-XL"), family: "scores", remembers: true },
    make: (sizes) => transformerXL({ ...sizes, memoryLen: sizes.length }),
  },
  {
    ...{ name: "cope", label: same("CoPE"), family: "scores" },
    make: ({ headDim, length, rng }) => cope({ headDim, maxPositions: length, rng }),
  },
  {
    name: "dape",
    label: text("DAPE around KERPLE", "DAPE 套 KERPLE"),
    family: "scores",
    make: ({ heads, layers, rng }) => dape({ around: kerple({ heads, rng }), heads, layers, rng }),
  },
];
