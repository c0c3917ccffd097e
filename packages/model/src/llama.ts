import { Linear, normal, type PositionalConfig, type Rng } from "@tx/core";
import type { ActivationName } from "@tx/ffn";
import { RMSNorm } from "@tx/norm";
import { type RopeScaling, scaledRope } from "@tx/positional";
import { CausalLanguageModel } from "./causal-language-model";
import {
  activationName,
  type FieldProblem,
  flag,
  layerCount,
  positive,
  share,
  whole,
} from "./config-schema";
import { Decoder } from "./decoder";
import { Embeddings } from "./embeddings";
import { madeTogether } from "./made-together";
import { type ConfigForm, type PositionalChoice, positionalOf, settled } from "./preset";
import { standardBlock } from "./standard-block";

/** What a Llama is made again from. */
export interface LlamaConfig {
  readonly kind: "llama";
  readonly version: 1;
  /** Number of tokens there are. */
  readonly vocabSize: number;
  /** Longest sequence, in tokens. */
  readonly maxLen: number;
  /** Number of blocks. */
  readonly layers: number;
  readonly heads: number;
  /** Number of key and value heads, a divisor of heads. Default heads. */
  readonly kvHeads: number;
  /** Width of a head. Default dModel / heads. */
  readonly headDim: number;
  /** Width of the residual stream. */
  readonly dModel: number;
  /** Width within the feed-forward. */
  readonly dFF: number;
  /** On embeddings, attention weights and sub-layer outputs, in [0, 1). Default 0. */
  readonly dropout: number;
  /** Added to the mean square in the norms. Default 1e-5. */
  readonly eps: number;
  /** Of the gate. Default "silu". */
  readonly activation: "sigmoid" | ActivationName;
  /** Whether logits come from the embedding's own table. Default false. */
  readonly tied: boolean;
  /** Default rotary, in halves, with base 10 000. */
  readonly positional: PositionalConfig;
}

type Sizes = Pick<LlamaConfig, "vocabSize" | "maxLen" | "layers" | "heads" | "dModel" | "dFF">;

/** A config's fields, most with a default, and the source of randomness. */
export interface LlamaOptions
  extends Sizes,
    Partial<Omit<LlamaConfig, keyof Sizes | "positional">> {
  /** "rope" (default), a strategy of one's own, or the config of one. */
  readonly positional?: PositionalChoice<"rope">;
  /** Base of "rope"; no other reads it. Default 10 000. */
  readonly ropeBase?: number;
  /** Scaling of "rope"; no other reads it. Default: none. */
  readonly ropeScaling?: RopeScaling;
  /** Source of first weights and dropout. */
  readonly rng: Rng;
}

export const llamaForm: ConfigForm<LlamaConfig> = /* @__PURE__ */ (() => ({
  kind: "llama",
  version: 1,
  fields: {
    ...{
      vocabSize: whole(),
      maxLen: whole(),
      layers: layerCount(),
      heads: whole(),
      kvHeads: whole(),
    },
    ...{ headDim: whole(), dModel: whole(), dFF: whole(), dropout: share(), eps: positive() },
    ...{ activation: activationName(["sigmoid"]), tied: flag() },
  },
  rules: keysDivide,
}))();

const first = { vocabSize: 32_000, maxLen: 2048, eps: 1e-6 };
const second = { vocabSize: 32_000, maxLen: 4096, eps: 1e-5 };
const third = { vocabSize: 128_256, maxLen: 8192, eps: 1e-5, ropeBase: 500_000, kvHeads: 8 };

/**
 * Sizes by name: two for trying things out, and those of the papers.
 *
 * @see Touvron et al. 2023, LLaMA, table 2, https://arxiv.org/abs/2302.13971
 * @see Touvron et al. 2023, Llama 2, table 1, https://arxiv.org/abs/2307.09288
 * @see Grattafiori et al. 2024, The Llama 3 Herd of Models, table 3, https://arxiv.org/abs/2407.21783
 */
export const llamaSizes = /* @__PURE__ */ (() =>
  ({
    tiny: { vocabSize: 11, maxLen: 7, layers: 2, heads: 4, kvHeads: 2, dModel: 8, dFF: 10 },
    small: { vocabSize: 65, maxLen: 64, layers: 4, heads: 4, kvHeads: 2, dModel: 128, dFF: 344 },
    "llama-7b": { ...first, layers: 32, heads: 32, dModel: 4096, dFF: 11_008 },
    "llama-13b": { ...first, layers: 40, heads: 40, dModel: 5120, dFF: 13_824 },
    "llama-33b": { ...first, layers: 60, heads: 52, dModel: 6656, dFF: 17_920 },
    "llama-65b": { ...first, layers: 80, heads: 64, dModel: 8192, dFF: 22_016 },
    "llama-2-7b": { ...second, layers: 32, heads: 32, dModel: 4096, dFF: 11_008 },
    "llama-2-13b": { ...second, layers: 40, heads: 40, dModel: 5120, dFF: 13_824 },
    "llama-2-70b": { ...second, layers: 80, heads: 64, kvHeads: 8, dModel: 8192, dFF: 28_672 },
    "llama-3-8b": { ...third, layers: 32, heads: 32, dModel: 4096, dFF: 14_336 },
    "llama-3-70b": { ...third, layers: 80, heads: 64, dModel: 8192, dFF: 28_672 },
  }) as const satisfies Record<string, Omit<LlamaOptions, "rng">>)();

/**
 * A decoder-only model in the layout of Llama: pre-norm blocks with RMSNorm, rotary positions,
 * grouped queries, SwiGLU, no biases, a head of its own.
 *
 * @throws RangeError if an option makes no sense; nothing is left behind.
 * @see Touvron et al. 2023, LLaMA, §2.2, https://arxiv.org/abs/2302.13971
 */
export function llama(options: LlamaOptions): CausalLanguageModel<LlamaConfig> {
  const { rng, positional: choice = "rope", ropeBase, ropeScaling, ...rest } = options;
  const widths = { kvHeads: rest.heads, headDim: rest.dModel / rest.heads };
  const defaults = { ...widths, dropout: 0, eps: 1e-5, tied: false };
  const config = settled(llamaForm, { ...defaults, activation: "silu" }, rest);
  const { vocabSize, maxLen, layers, heads, headDim, dModel, dropout, eps } = config;
  const init = normal(0.02, rng);
  const turns = {
    headDim,
    ...(ropeBase === undefined ? {} : { base: ropeBase }),
    scaling: ropeScaling,
  };
  return madeTogether((own) => {
    const embedding = own(new Embeddings({ vocabSize, dModel, dropout, init, rng }));
    const sizes = { dModel, heads, headDim };
    const positional = positionalOf(choice, { rope: () => scaledRope(turns) }, { own, rng, sizes });
    const block = () =>
      own(standardBlock({ ...config, norm: "rms", gated: true, bias: false, init, rng }));
    const blocks = Array.from({ length: layers }, block);
    const decoder = new Decoder({ blocks, positional, norm: own(new RMSNorm(dModel, { eps })) });
    const head = config.tied ? undefined : new Linear(dModel, vocabSize, { init, bias: false });
    return new CausalLanguageModel(
      { maxLen, embedding, decoder, head },
      { kind: "llama", version: 1, ...config, positional: positional.toJSON() },
    );
  });
}

function keysDivide({ heads, kvHeads }: { heads: number; kvHeads: number }): FieldProblem[] {
  if (heads % kvHeads === 0) return [];
  return [{ path: "kvHeads", problem: `expected a divisor of heads=${heads}, got ${kvHeads}` }];
}
