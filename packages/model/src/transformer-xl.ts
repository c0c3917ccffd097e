import { normal, type PositionalConfig, type Rng } from "@tx/core";
import type { ActivationName } from "@tx/ffn";
import { transformerXL as transformerXLPositions } from "@tx/positional";
import { CausalLanguageModel } from "./causal-language-model";
import { activationName, positive, share, whole } from "./config-schema";
import { Decoder } from "./decoder";
import { Embeddings } from "./embeddings";
import { madeTogether } from "./made-together";
import { type ConfigForm, type PositionalChoice, positionalOf, settled } from "./preset";
import { standardBlock } from "./standard-block";
import { TiedHead } from "./tied-head";

/** What a Transformer-XL is made again from. */
export interface TransformerXLConfig {
  readonly kind: "transformer-xl";
  readonly version: 1;
  /** Number of tokens there are. */
  readonly vocabSize: number;
  /** Number of blocks. */
  readonly layers: number;
  readonly heads: number;
  /** Width of a head. Default dModel / heads. */
  readonly headDim: number;
  /** Width of the residual stream. */
  readonly dModel: number;
  /** Width within the feed-forward. Default 4 · dModel. */
  readonly dFF: number;
  /** On embeddings, within the feed-forward and on sub-layer outputs, in [0, 1). Default 0.1. */
  readonly dropout: number;
  /** On attention weights, in [0, 1). Default 0. */
  readonly attentionDropout: number;
  /** Added to the variance in the norms. Default 1e-5. */
  readonly eps: number;
  /** Default "relu". */
  readonly activation: ActivationName;
  /** Default Transformer-XL's, which keep the memory too. */
  readonly positional: PositionalConfig;
}

type Sizes = Pick<TransformerXLConfig, "vocabSize" | "layers" | "heads" | "dModel">;

/** A config's fields, most with a default, and the source of randomness. */
export interface TransformerXLModelOptions
  extends Sizes,
    Partial<Omit<TransformerXLConfig, keyof Sizes | "positional">> {
  /** "transformer-xl" (default), a strategy of one's own, or the config of one. */
  readonly positional?: PositionalChoice<"transformer-xl">;
  /** Tokens of earlier segments that "transformer-xl" carries along; no other reads it. Default 0. */
  readonly memoryLen?: number;
  /** Source of first weights and dropout. */
  readonly rng: Rng;
}

export const transformerXLForm: ConfigForm<TransformerXLConfig> = /* @__PURE__ */ (() => ({
  kind: "transformer-xl",
  version: 1,
  fields: {
    ...{ vocabSize: whole(), layers: whole(), heads: whole(), headDim: whole(), dModel: whole() },
    ...{ dFF: whole(), dropout: share(), attentionDropout: share(), eps: positive() },
    activation: activationName(),
  },
}))();

const words = { vocabSize: 267_735, dModel: 410, heads: 10, headDim: 41, dFF: 2100 };
const letters = { vocabSize: 204, dModel: 512, heads: 8, headDim: 64, dFF: 2048 };

/**
 * Sizes by name: two for trying things out, and two of the paper's: the base model on the words of
 * WikiText-103, and that of 12 layers on the letters of enwik8.
 *
 * @see Dai et al. 2019, Transformer-XL, §4.1 and its published code, https://arxiv.org/abs/1901.02860
 */
export const transformerXLSizes = /* @__PURE__ */ (() =>
  ({
    tiny: { vocabSize: 11, layers: 2, heads: 2, dModel: 6, memoryLen: 5 },
    small: { vocabSize: 65, layers: 4, heads: 4, dModel: 128, memoryLen: 64 },
    "wikitext-103-base": { ...words, layers: 16, memoryLen: 150 },
    "enwik8-12l": { ...letters, layers: 12, memoryLen: 512 },
  }) as const satisfies Record<string, Omit<TransformerXLModelOptions, "rng">>)();

/**
 * A decoder-only model in the layout of Transformer-XL: post-norm blocks, attention without biases,
 * relative positions with a memory of earlier segments, embeddings times √dModel, logits from their
 * table with a bias a token. Read long texts with forwardSegment. The softmax is over all tokens at
 * once, where the paper's code for words has an adaptive one.
 *
 * @throws RangeError if an option makes no sense; nothing is left behind.
 * @see Dai et al. 2019, Transformer-XL, §3, https://arxiv.org/abs/1901.02860
 */
export function transformerXL(
  options: TransformerXLModelOptions,
): CausalLanguageModel<TransformerXLConfig> {
  const { rng, positional: choice = "transformer-xl", memoryLen = 0, ...rest } = options;
  const widths = { headDim: rest.dModel / rest.heads, dFF: 4 * rest.dModel };
  const defaults = { ...widths, dropout: 0.1, attentionDropout: 0, eps: 1e-5 };
  const config = settled(transformerXLForm, { ...defaults, activation: "relu" }, rest);
  const { vocabSize, layers, heads, headDim, dModel, dropout, attentionDropout } = config;
  const init = normal(0.02, rng);
  const shared = { dModel, heads, headDim, layers };
  const makers = {
    "transformer-xl": () => transformerXLPositions({ ...shared, memoryLen, init, rng }),
  };
  return madeTogether((own) => {
    const embedding = own(new Embeddings({ vocabSize, dModel, scaled: true, dropout, init, rng }));
    const positional = positionalOf(choice, makers, { own, rng, sizes: shared });
    const rates = { attention: attentionDropout, inner: dropout, output: dropout };
    const bias = { attention: false };
    const around = { ...config, residual: "postNorm", dropout: rates, bias, init, rng } as const;
    const blocks = Array.from({ length: layers }, () => own(standardBlock(around)));
    const head = new TiedHead(embedding.table, { bias: true });
    return new CausalLanguageModel(
      { embedding, decoder: new Decoder({ blocks, positional }), head },
      { kind: "transformer-xl", version: 1, ...config, positional: positional.toJSON() },
    );
  });
}
