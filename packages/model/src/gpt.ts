import { Linear, normal, type PositionalConfig, type Rng } from "@tx/core";
import type { ActivationName } from "@tx/ffn";
import { LayerNorm } from "@tx/norm";
import { learned, sinusoidal } from "@tx/positional";
import { CausalLanguageModel } from "./causal-language-model";
import {
  activationName,
  flag,
  headsDivide,
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

/** What a GPT is made again from. */
export interface GptConfig {
  readonly kind: "gpt";
  readonly version: 1;
  /** Number of tokens there are. */
  readonly vocabSize: number;
  /** Longest sequence, in tokens. */
  readonly maxLen: number;
  /** Number of blocks. */
  readonly layers: number;
  readonly heads: number;
  /** Width of the residual stream, a multiple of heads. */
  readonly dModel: number;
  /** Width within the feed-forward. Default 4 · dModel. */
  readonly dFF: number;
  /** On embeddings, attention weights and sub-layer outputs, in [0, 1). Default 0. */
  readonly dropout: number;
  /** Whether linear parts and norms have a bias. Default true. */
  readonly bias: boolean;
  /** Added to the variance in the norms. Default 1e-5. */
  readonly eps: number;
  /** Default "gelu-tanh", as in GPT-2. */
  readonly activation: ActivationName;
  /** Whether logits come from the embedding's own table. Default true. */
  readonly tied: boolean;
  /** Default a learned table. */
  readonly positional: PositionalConfig;
}

type Sizes = Pick<GptConfig, "vocabSize" | "maxLen" | "layers" | "heads" | "dModel">;

/** A config's fields, most with a default, and the source of randomness. */
export interface GptOptions extends Sizes, Partial<Omit<GptConfig, keyof Sizes | "positional">> {
  /** "learned" (default), "sinusoidal", a strategy of one's own, or the config of one. */
  readonly positional?: PositionalChoice<"learned" | "sinusoidal">;
  /** Source of first weights and dropout. */
  readonly rng: Rng;
}

export const gptForm: ConfigForm<GptConfig> = /* @__PURE__ */ (() => ({
  kind: "gpt",
  version: 1,
  fields: {
    ...{
      vocabSize: whole(),
      maxLen: whole(),
      layers: layerCount(),
      heads: whole(),
      dModel: whole(),
    },
    ...{ dFF: whole(), dropout: share(), bias: flag(), eps: positive() },
    ...{ activation: activationName(), tied: flag() },
  },
  rules: headsDivide,
}))();

/**
 * Sizes by name: two for trying things out, and those of GPT-2.
 *
 * @see Radford et al. 2019, Language Models are Unsupervised Multitask Learners, table 2
 */
export const gptSizes = {
  tiny: { vocabSize: 11, maxLen: 7, layers: 2, heads: 2, dModel: 6 },
  small: { vocabSize: 65, maxLen: 64, layers: 4, heads: 4, dModel: 128 },
  gpt2: { vocabSize: 50_257, maxLen: 1024, layers: 12, heads: 12, dModel: 768 },
  "gpt2-medium": { vocabSize: 50_257, maxLen: 1024, layers: 24, heads: 16, dModel: 1024 },
  "gpt2-large": { vocabSize: 50_257, maxLen: 1024, layers: 36, heads: 20, dModel: 1280 },
  "gpt2-xl": { vocabSize: 50_257, maxLen: 1024, layers: 48, heads: 25, dModel: 1600 },
} as const satisfies Record<string, Sizes>;

/**
 * A decoder-only model in the layout of GPT-2: pre-norm blocks, a final norm, learned positions,
 * tanh GELU, logits from the embedding's table.
 *
 * @throws RangeError if an option makes no sense; nothing is left behind.
 * @see Radford et al. 2019, Language Models are Unsupervised Multitask Learners, §2.3
 */
export function gpt(options: GptOptions): CausalLanguageModel<GptConfig> {
  const { rng, positional: choice = "learned", ...rest } = options;
  const defaults = { dFF: 4 * rest.dModel, dropout: 0, bias: true, eps: 1e-5, tied: true };
  const config = settled(gptForm, { ...defaults, activation: "gelu-tanh" }, rest);
  const { vocabSize, maxLen, layers, heads, dModel, dropout, bias, eps } = config;
  const init = normal(0.02, rng);
  // GPT-2 scales down what is added to the stream by the root of the number of additions.
  const residualInit = normal(0.02 / Math.sqrt(2 * layers), rng);
  const makers = {
    learned: () => learned({ maxLen, dModel, rng }),
    sinusoidal: () => sinusoidal({ dModel }),
  };
  return madeTogether((own) => {
    const embedding = own(new Embeddings({ vocabSize, dModel, dropout, init, rng }));
    const sizes = { dModel, heads, headDim: dModel / heads };
    const positional = positionalOf(choice, makers, { own, rng, sizes });
    const block = () => own(standardBlock({ ...config, init, residualInit, rng }));
    const blocks = Array.from({ length: layers }, block);
    const decoder = new Decoder({ blocks, positional, norm: new LayerNorm(dModel, { bias, eps }) });
    const head = config.tied ? undefined : new Linear(dModel, vocabSize, { init, bias: false });
    const parts = { maxLen, embedding, decoder, head };
    return new CausalLanguageModel(parts, {
      ...{ kind: "gpt", version: 1, ...config },
      positional: positional.toJSON(),
    });
  });
}
