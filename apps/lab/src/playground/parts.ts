import type { NormName, ResidualPolicy, StandardBlockOptions } from "@tx/model";
import { type Text, text } from "../experiment/experiment";

/** A part that can be chosen by its name. */
export interface Part {
  readonly value: string;
  readonly label: Text;
}

/** What strategies of positions are made for. */
export interface PositionSizes {
  readonly dModel: number;
  readonly heads: number;
  readonly headDim: number;
  readonly layers: number;
  /** Longest sequence while training: tables are as long. */
  readonly maxLen: number;
}

type Options = Readonly<Record<string, unknown>>;
const one = (kind: string, options: Options = {}) => ({ kind, version: 1, ...options });

/** Strategies of positions, with the config that each has for given sizes. */
export const positionals: readonly (Part & {
  readonly config: (sizes: PositionSizes) => { kind: string; version: number };
})[] = [
  {
    value: "learned",
    label: text("Learned table", "可学习的位置表"),
    config: ({ maxLen, dModel }) => one("learned", { maxLen, dModel }),
  },
  {
    value: "sinusoidal",
    label: text("Sinusoidal", "正弦编码"),
    config: ({ dModel }) => one("sinusoidal", { dModel }),
  },
  {
    value: "trained-sinusoidal",
    label: text("Sinusoidal, then trained", "正弦初始化后训练"),
    config: ({ maxLen, dModel }) => one("trained-sinusoidal", { maxLen, dModel }),
  },
  {
    value: "rope",
    label: text("RoPE", "旋转编码 RoPE"),
    config: ({ headDim }) => one("rope", { headDim }),
  },
  {
    value: "xpos",
    label: text("xPos", "xPos"),
    config: ({ headDim }) => one("xpos", { headDim }),
  },
  { value: "alibi", label: text("ALiBi", "ALiBi"), config: () => one("alibi") },
  {
    value: "t5",
    label: text("T5 bias", "T5 偏置"),
    config: ({ heads }) => one("t5", { heads, bidirectional: false }),
  },
  {
    value: "kerple",
    label: text("KERPLE", "KERPLE"),
    config: ({ heads }) => one("kerple", { heads }),
  },
  { value: "fire", label: text("FIRE", "FIRE"), config: ({ heads }) => one("fire", { heads }) },
  {
    value: "shaw",
    label: text("Shaw's relative vectors", "Shaw 相对位置向量"),
    config: ({ headDim }) => one("shaw", { headDim, clip: 16 }),
  },
  {
    value: "transformer-xl",
    label: text("Transformer-XL", "Transformer-XL"),
    config: ({ dModel, heads, headDim, layers }) =>
      one("transformer-xl", { dModel, heads, headDim, layers }),
  },
  {
    value: "cope",
    label: text("CoPE", "CoPE"),
    config: ({ headDim, maxLen }) => one("cope", { headDim, maxPositions: maxLen }),
  },
  {
    value: "dape",
    label: text("DAPE around KERPLE", "DAPE（基于 KERPLE）"),
    config: ({ heads, layers }) => one("dape", { heads, layers, around: one("kerple", { heads }) }),
  },
  {
    value: "rope-alibi",
    label: text("RoPE and ALiBi", "RoPE 加 ALiBi"),
    config: ({ headDim }) =>
      one("combined", { strategies: [one("rope", { headDim }), one("alibi")] }),
  },
  { value: "nope", label: text("None (NoPE)", "无位置编码 NoPE"), config: () => one("nope") },
];

export const norms: readonly (Part & { readonly value: NormName })[] = [
  { value: "layer", label: text("LayerNorm", "LayerNorm") },
  { value: "rms", label: text("RMSNorm", "RMSNorm") },
  { value: "scale", label: text("ScaleNorm", "ScaleNorm") },
  { value: "batch", label: text("BatchNorm (sees the future)", "BatchNorm（会看到未来）") },
];

/** Feed-forwards: the activation, and whether there is a gate. */
export const feedForwards: readonly (Part & {
  readonly activation: NonNullable<StandardBlockOptions["activation"]>;
  readonly gated: boolean;
})[] = [
  { value: "relu", label: text("ReLU", "ReLU"), activation: "relu", gated: false },
  { value: "gelu", label: text("GELU", "GELU"), activation: "gelu-tanh", gated: false },
  { value: "silu", label: text("SiLU", "SiLU"), activation: "silu", gated: false },
  {
    value: "squared-relu",
    label: text("ReLU²", "ReLU²"),
    activation: "squared-relu",
    gated: false,
  },
  { value: "mish", label: text("Mish", "Mish"), activation: "mish", gated: false },
  { value: "glu", label: text("GLU", "GLU"), activation: "sigmoid", gated: true },
  { value: "geglu", label: text("GEGLU", "GEGLU"), activation: "gelu", gated: true },
  { value: "swiglu", label: text("SwiGLU", "SwiGLU"), activation: "silu", gated: true },
];

export const residuals: readonly (Part & { readonly policy: ResidualPolicy })[] = [
  { value: "pre", label: text("Pre-norm", "前置归一化"), policy: "preNorm" },
  { value: "post", label: text("Post-norm (2017)", "后置归一化（2017）"), policy: "postNorm" },
  { value: "sandwich", label: text("Sandwich", "三明治归一化"), policy: "sandwichNorm" },
  { value: "deep", label: text("DeepNorm", "DeepNorm"), policy: "deepNorm" },
  { value: "rezero", label: text("ReZero, no norm", "ReZero，无归一化"), policy: "reZero" },
  { value: "none", label: text("None", "无残差"), policy: "noResidual" },
];

interface RateSizes {
  /** The highest rate. */
  readonly rate: number;
  readonly steps: number;
  readonly dModel: number;
}

const warmupOf = (steps: number) => Math.max(1, Math.min(50, Math.floor(steps / 10)));
const rising = ({ rate, steps }: RateSizes) => ({
  ...{ peak: rate, minimum: rate / 10, warmupSteps: warmupOf(steps), totalSteps: steps },
});

/** Schedules, with the config that each has for given sizes; the rate is its highest in all. */
export const schedules: readonly (Part & {
  readonly config: (sizes: RateSizes) => Options;
})[] = [
  {
    value: "cosine",
    label: text("Warmup, then cosine", "预热后余弦"),
    config: (sizes) => one("cosine", rising(sizes)),
  },
  {
    value: "linear",
    label: text("Warmup, then linear", "预热后线性"),
    config: (sizes) => one("linear", rising(sizes)),
  },
  {
    value: "noam",
    label: text("Noam (2017)", "Noam（2017）"),
    config: ({ rate, steps, dModel }) => {
      const warmupSteps = warmupOf(steps);
      return one("noam", { dModel, warmupSteps, factor: rate * Math.sqrt(dModel * warmupSteps) });
    },
  },
  {
    value: "wsd",
    label: text("Warmup, stable, decay", "预热—稳定—衰减"),
    config: ({ rate, steps }) => {
      const warmupSteps = warmupOf(steps);
      const decaySteps = Math.max(1, Math.min(steps - warmupSteps, Math.floor(steps / 5)));
      const stableSteps = Math.max(0, steps - warmupSteps - decaySteps);
      return one("warmupStableDecay", {
        ...{ peak: rate, minimum: rate / 10, warmupSteps, stableSteps, decaySteps },
      });
    },
  },
  {
    value: "one-cycle",
    label: text("One cycle", "单周期"),
    config: ({ rate, steps }) => one("oneCycle", { peak: rate, totalSteps: steps }),
  },
  {
    value: "constant",
    label: text("Constant", "恒定"),
    config: ({ rate }) => one("constant", { rate }),
  },
];

/** @throws RangeError if none has this name. */
export function partOf<P extends Part>(what: string, parts: readonly P[], value: string): P {
  const found = parts.find((part) => part.value === value);
  if (found) return found;
  const names = parts.map((part) => part.value).join(", ");
  throw new RangeError(`${what}: expected one of ${names}, got ${JSON.stringify(value)}`);
}
