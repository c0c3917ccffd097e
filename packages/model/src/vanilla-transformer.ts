import { type PositionalConfig, type Rng, xavierUniform } from "@tx/core";
import type { ActivationName } from "@tx/ffn";
import { sinusoidal } from "@tx/positional";
import { activationName, headsDivide, layerCount, positive, share, whole } from "./config-schema";
import { Decoder } from "./decoder";
import { Embeddings } from "./embeddings";
import { Encoder } from "./encoder";
import { EncoderDecoderModel } from "./encoder-decoder-model";
import { madeTogether } from "./made-together";
import { type ConfigForm, type PositionalChoice, positionalOf, settled } from "./preset";
import { standardBlock } from "./standard-block";

/** What a Transformer of the paper is made again from. */
export interface VanillaTransformerConfig {
  readonly kind: "vanilla-transformer";
  readonly version: 1;
  /** Number of tokens there are, in sources and targets together. */
  readonly vocabSize: number;
  /** Number of blocks of the encoder, and of the decoder. */
  readonly layers: number;
  readonly heads: number;
  /** Width of the residual stream, a multiple of heads. */
  readonly dModel: number;
  /** Width within the feed-forward. Default 4 · dModel. */
  readonly dFF: number;
  /** On embeddings and sub-layer outputs, in [0, 1). Default 0.1. */
  readonly dropout: number;
  /** On attention weights, in [0, 1). Default 0: the paper has none. */
  readonly attentionDropout: number;
  /** Added to the variance in the norms. Default 1e-5; the paper does not say. */
  readonly eps: number;
  /** Default "relu". */
  readonly activation: ActivationName;
  /** Of both sides. Default the paper's waves. */
  readonly positional: PositionalConfig;
}

type Sizes = Pick<VanillaTransformerConfig, "vocabSize" | "layers" | "heads" | "dModel">;

/** A config's fields, most with a default, and the source of randomness. */
export interface VanillaTransformerOptions
  extends Sizes,
    Partial<Omit<VanillaTransformerConfig, keyof Sizes | "positional">> {
  /** "sinusoidal" (default), a strategy of one's own, or the config of one. */
  readonly positional?: PositionalChoice<"sinusoidal">;
  /** Source of first weights and dropout. */
  readonly rng: Rng;
}

export const vanillaTransformerForm: ConfigForm<VanillaTransformerConfig> =
  /* @__PURE__ */ (() => ({
    kind: "vanilla-transformer",
    version: 1,
    fields: {
      ...{
        vocabSize: whole(),
        layers: layerCount(),
        heads: whole(),
        dModel: whole(),
        dFF: whole(),
      },
      ...{ dropout: share(), attentionDropout: share(), eps: positive() },
      activation: activationName(),
    },
    rules: headsDivide,
  }))();

/**
 * Sizes by name: two for trying things out, and the paper's, with its vocabulary of about 37 000
 * tokens that English and German share.
 *
 * @see Vaswani et al. 2017, Attention Is All You Need, §5.1 and table 3
 */
export const vanillaTransformerSizes = {
  tiny: { vocabSize: 13, layers: 2, heads: 2, dModel: 6 },
  small: { vocabSize: 101, layers: 3, heads: 4, dModel: 128 },
  base: { vocabSize: 37_000, layers: 6, heads: 8, dModel: 512 },
  big: { vocabSize: 37_000, layers: 6, heads: 16, dModel: 1024, dropout: 0.3 },
} as const satisfies Record<string, Omit<VanillaTransformerOptions, "rng">>;

/**
 * The Transformer, with every default as in the paper: post-norm blocks, waves for positions, one
 * table for sources, targets and the output, times √dModel where it embeds, ReLU, dropout on
 * embeddings and sub-layer outputs. First weights are Xavier's, of which the paper says nothing.
 *
 * @throws RangeError if an option makes no sense; nothing is left behind.
 * @see Vaswani et al. 2017, Attention Is All You Need, §3 and §5.4, https://arxiv.org/abs/1706.03762
 */
export function vanillaTransformer(
  options: VanillaTransformerOptions,
): EncoderDecoderModel<VanillaTransformerConfig> {
  const { rng, positional: choice = "sinusoidal", ...rest } = options;
  const defaults = { dFF: 4 * rest.dModel, dropout: 0.1, attentionDropout: 0, eps: 1e-5 };
  const config = settled(vanillaTransformerForm, { ...defaults, activation: "relu" }, rest);
  const { vocabSize, layers, heads, dModel, dropout, attentionDropout } = config;
  const init = xavierUniform(rng);
  const makers = { sinusoidal: () => sinusoidal({ dModel }) };
  return madeTogether((own) => {
    const embedding = own(new Embeddings({ vocabSize, dModel, scaled: true, dropout, init, rng }));
    const sizes = { dModel, heads, headDim: dModel / heads };
    const positional = positionalOf(choice, makers, { own, rng, sizes });
    const rates = { attention: attentionDropout, output: dropout };
    const around = { ...config, residual: "postNorm", dropout: rates, init, rng } as const;
    const blocks = (cross: boolean) =>
      Array.from({ length: layers }, () => own(standardBlock({ ...around, cross })));
    const encoder = new Encoder({ blocks: blocks(false), positional });
    const decoder = new Decoder({ blocks: blocks(true), positional });
    return new EncoderDecoderModel(
      { embedding, encoder, decoder },
      { kind: "vanilla-transformer", version: 1, ...config, positional: positional.toJSON() },
    );
  });
}
