import { scaledDotProduct } from "@tx/attention";
import {
  Dropout,
  type Initializer,
  Linear,
  normal,
  type PositionalConfig,
  type Rng,
} from "@tx/core";
import type { ActivationName } from "@tx/ffn";
import { RMSNorm } from "@tx/norm";
import { t5Bias } from "@tx/positional";
import { activationName, flag, layerCount, positive, share, tagged, whole } from "./config-schema";
import { Decoder } from "./decoder";
import { Embeddings } from "./embeddings";
import { Encoder } from "./encoder";
import { EncoderDecoderModel } from "./encoder-decoder-model";
import { madeTogether } from "./made-together";
import { type ConfigForm, type PositionalChoice, positionalOf, settled } from "./preset";
import { standardBlock } from "./standard-block";
import { TiedHead } from "./tied-head";

/** What a T5 is made again from. */
export interface T5Config {
  readonly kind: "t5";
  readonly version: 1;
  /** Number of tokens there are, in sources and targets together. */
  readonly vocabSize: number;
  /** Number of blocks of the encoder, and of the decoder. */
  readonly layers: number;
  readonly heads: number;
  /** Width of a head. Default dModel / heads. */
  readonly headDim: number;
  /** Width of the residual stream. */
  readonly dModel: number;
  /** Width within the feed-forward. */
  readonly dFF: number;
  /** Whether the feed-forward has a gate, as in T5 1.1. Default false. */
  readonly gated: boolean;
  /** Of the feed-forward, or of its gate. Default "relu", with a gate "gelu-tanh". */
  readonly activation: ActivationName;
  /** Whether logits come from the embedding's own table. Default true; false in T5 1.1. */
  readonly tied: boolean;
  /**
   * On embeddings, attention weights, within the feed-forward, on sub-layer outputs and on what both
   * sides make, in [0, 1). Default 0.1.
   */
  readonly dropout: number;
  /** Added to the mean square in the norms. Default 1e-6. */
  readonly eps: number;
  /** Of the encoder. Default T5's biases, in both directions. */
  readonly positional: PositionalConfig;
  /** Of the decoder. Default T5's biases, backwards only. */
  readonly decoderPositional: PositionalConfig;
}

type Sizes = Pick<T5Config, "vocabSize" | "layers" | "heads" | "dModel" | "dFF">;
type Places = "positional" | "decoderPositional";

/** A config's fields, most with a default, and the source of randomness. */
export interface T5Options extends Sizes, Partial<Omit<T5Config, keyof Sizes | Places>> {
  /** Of the encoder: "t5" (default), a strategy of one's own, or the config of one. */
  readonly positional?: PositionalChoice<"t5">;
  /** Of the decoder, in the same ways. Default "t5". */
  readonly decoderPositional?: PositionalChoice<"t5">;
  /** Source of first weights and dropout. */
  readonly rng: Rng;
}

const fields = /* @__PURE__ */ (() => ({
  ...{
    vocabSize: whole(),
    layers: layerCount(),
    heads: whole(),
    headDim: whole(),
    dModel: whole(),
  },
  ...{ dFF: whole(), gated: flag(), activation: activationName(), tied: flag() },
  ...{ dropout: share(), eps: positive() },
}))();

export const t5Form: ConfigForm<T5Config> = /* @__PURE__ */ (() => ({
  kind: "t5",
  version: 1,
  fields: { ...fields, decoderPositional: tagged() },
}))();

const first = { vocabSize: 32_128, headDim: 64 };
const second = /* @__PURE__ */ (() =>
  ({ ...first, gated: true, activation: "gelu-tanh", tied: false }) as const)();

/**
 * Sizes by name: two for trying things out, and those of the published models, the paper's and 1.1.
 *
 * @see Raffel et al. 2020, T5, §3.7, https://arxiv.org/abs/1910.10683
 */
export const t5Sizes = /* @__PURE__ */ (() =>
  ({
    tiny: { vocabSize: 13, layers: 2, heads: 2, headDim: 5, dModel: 6, dFF: 7 },
    small: { vocabSize: 101, layers: 3, heads: 4, headDim: 32, dModel: 128, dFF: 512 },
    "t5-small": { ...first, layers: 6, heads: 8, dModel: 512, dFF: 2048 },
    "t5-base": { ...first, layers: 12, heads: 12, dModel: 768, dFF: 3072 },
    "t5-large": { ...first, layers: 24, heads: 16, dModel: 1024, dFF: 4096 },
    "t5-3b": { ...first, headDim: 128, layers: 24, heads: 32, dModel: 1024, dFF: 16_384 },
    "t5-11b": { ...first, headDim: 128, layers: 24, heads: 128, dModel: 1024, dFF: 65_536 },
    "t5-v1.1-small": { ...second, layers: 8, heads: 6, dModel: 512, dFF: 1024 },
    "t5-v1.1-base": { ...second, layers: 12, heads: 12, dModel: 768, dFF: 2048 },
    "t5-v1.1-large": { ...second, layers: 24, heads: 16, dModel: 1024, dFF: 2816 },
    "t5-v1.1-xl": { ...second, layers: 24, heads: 32, dModel: 2048, dFF: 5120 },
    "t5-v1.1-xxl": { ...second, layers: 24, heads: 64, dModel: 4096, dFF: 10_240 },
  }) as const satisfies Record<string, Omit<T5Options, "rng">>)();

/**
 * An encoder and a decoder in the layout of T5: pre-norm blocks with RMSNorm, no biases, biases of
 * the scores by distance that the layers of a side share, no scale in attention, logits from the
 * embedding's table. Its published weights pad with token 0, which begins a target too.
 *
 * @throws RangeError if an option makes no sense; nothing is left behind.
 * @see Raffel et al. 2020, T5, §2.1, https://arxiv.org/abs/1910.10683
 */
export function t5(options: T5Options): EncoderDecoderModel<T5Config> {
  const { rng, positional: choice = "t5", decoderPositional: other = "t5", ...rest } = options;
  const config = settledT5(rest);
  const { vocabSize, layers, heads, headDim, dModel, dropout, eps } = config;
  // Each by what it sums over, queries by the head's width too: there is no scale in attention.
  const init: Initializer = (shape) => normal(shape[0]! ** -0.5, rng)(shape);
  const queryInit = normal((dModel * headDim) ** -0.5, rng);
  return madeTogether((own) => {
    const embedding = own(
      new Embeddings({ vocabSize, dModel, dropout, init: normal(1, rng), rng }),
    );
    const strategy = (chosen: PositionalChoice<"t5">, bidirectional: boolean) => {
      const name = bidirectional ? "positional" : "decoderPositional";
      const table = normal(dModel ** -0.5, rng);
      const makers = { t5: () => t5Bias({ heads, bidirectional, init: table, rng }) };
      return positionalOf(chosen, makers, { own, rng, sizes: { dModel, heads, headDim }, name });
    };
    const rates = { attention: dropout, inner: dropout, output: dropout };
    const score = scaledDotProduct({ scale: 1 });
    const around = { ...config, norm: "rms", bias: false, score, dropout: rates } as const;
    const blocks = (cross: boolean) =>
      Array.from({ length: layers }, () =>
        own(standardBlock({ ...around, cross, init, queryInit, rng })),
      );
    const norm = () => own(new RMSNorm(dModel, { eps }));
    const [positional, decoderPositional] = [strategy(choice, true), strategy(other, false)];
    const encoder = new Encoder({ positional, blocks: blocks(false), norm: norm() });
    const decoder = new Decoder({
      ...{ positional: decoderPositional, blocks: blocks(true), norm: norm() },
    });
    const head = config.tied
      ? new TiedHead(embedding.table, { scale: dModel ** -0.5 })
      : new Linear(dModel, vocabSize, { init: normal(1, rng), bias: false });
    const outputDropout = new Dropout(dropout, rng);
    return new EncoderDecoderModel(
      { embedding, encoder, decoder, outputDropout, head },
      {
        ...{ kind: "t5", version: 1, ...config, positional: positional.toJSON() },
        decoderPositional: decoderPositional.toJSON(),
      },
    );
  });
}

function settledT5(
  given: Omit<T5Options, "rng" | Places>,
): Omit<T5Config, "kind" | "version" | Places> {
  const activation = given.gated ? "gelu-tanh" : "relu";
  const defaults = { headDim: given.dModel / given.heads, gated: false, activation, tied: true };
  // Where strategies are told is no matter of numbers: they are looked at when they are made.
  const form = { ...t5Form, fields } as unknown as ConfigForm<T5Config>;
  return settled(form, { ...defaults, dropout: 0.1, eps: 1e-6 } as Partial<T5Config>, given);
}
