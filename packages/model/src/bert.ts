import { Dropout, Linear, normal, type PositionalConfig, type Rng } from "@tx/core";
import type { ActivationName } from "@tx/ffn";
import { LayerNorm } from "@tx/norm";
import { learned, sinusoidal } from "@tx/positional";
import { activationName, headsDivide, layerCount, positive, share, whole } from "./config-schema";
import { Embeddings } from "./embeddings";
import { Encoder } from "./encoder";
import type { EncoderModelParts } from "./encoder-model";
import { madeTogether, type Own } from "./made-together";
import { MaskedHead } from "./masked-head";
import { MaskedLanguageModel } from "./masked-language-model";
import { PooledEncoder } from "./pooled-encoder";
import { Pooler } from "./pooler";
import { type ConfigForm, type PositionalChoice, positionalOf, settled } from "./preset";
import { SequenceClassifier } from "./sequence-classifier";
import { standardBlock } from "./standard-block";
import { TokenClassifier } from "./token-classifier";

/** What the models on BERT have in common. */
interface BertFields {
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
  /** Sorts of segment; 0 for none. Default 2. */
  readonly segments: number;
  /** On embeddings, sub-layer outputs and what a classifier reads, in [0, 1). Default 0.1. */
  readonly dropout: number;
  /** On attention weights, in [0, 1). Default 0.1. */
  readonly attentionDropout: number;
  /** Added to the variance in the norms. Default 1e-12. */
  readonly eps: number;
  /** Default "gelu". */
  readonly activation: ActivationName;
  /** Default a learned table. */
  readonly positional: PositionalConfig;
}

/** What a BERT is made again from. */
export interface BertConfig extends BertFields {
  readonly kind: "bert";
}

/** What a BERT without a head is made again from. */
export interface BertEncoderConfig extends BertFields {
  readonly kind: "bert-encoder";
}

/** What a classifier of texts on BERT is made again from. */
export interface BertSequenceClassifierConfig extends BertFields {
  readonly kind: "bert-sequence-classifier";
  /** Number of classes. */
  readonly classes: number;
}

/** What a classifier of tokens on BERT is made again from. */
export interface BertTokenClassifierConfig extends BertFields {
  readonly kind: "bert-token-classifier";
  /** Number of classes. */
  readonly classes: number;
}

type Sizes = Pick<BertFields, "vocabSize" | "maxLen" | "layers" | "heads" | "dModel">;
type Defaulted = Omit<BertFields, keyof Sizes | "positional" | "version">;

/** A config's fields, most with a default, and the source of randomness. */
export interface BertOptions extends Sizes, Partial<Defaulted> {
  /** "learned" (default), "sinusoidal", a strategy of one's own, or the config of one. */
  readonly positional?: PositionalChoice<"learned" | "sinusoidal">;
  /** Source of first weights and dropout. */
  readonly rng: Rng;
}

export interface BertClassifierOptions extends BertOptions {
  /** Number of classes. */
  readonly classes: number;
}

// Marked as pure, here and wherever a call makes what a module exports: bundlers keep calls otherwise.
const fields = /* @__PURE__ */ (() => ({
  ...{ vocabSize: whole(), maxLen: whole(), layers: layerCount(), heads: whole(), dModel: whole() },
  ...{ dFF: whole(), segments: whole(0), dropout: share(), attentionDropout: share() },
  ...{ eps: positive(), activation: activationName() },
}))();
const common = { version: 1, rules: headsDivide } as const;

export const bertForm: ConfigForm<BertConfig> = /* @__PURE__ */ (() => ({
  ...{ kind: "bert", fields, ...common },
}))();
export const bertEncoderForm: ConfigForm<BertEncoderConfig> = /* @__PURE__ */ (() => ({
  ...{ kind: "bert-encoder", fields, ...common },
}))();
export const bertSequenceClassifierForm: ConfigForm<BertSequenceClassifierConfig> =
  /* @__PURE__ */ (() => ({
    ...{ kind: "bert-sequence-classifier", fields: { ...fields, classes: whole() }, ...common },
  }))();
export const bertTokenClassifierForm: ConfigForm<BertTokenClassifierConfig> =
  /* @__PURE__ */ (() => ({
    ...{ kind: "bert-token-classifier", fields: { ...fields, classes: whole() }, ...common },
  }))();

/**
 * Sizes by name: two for trying things out, and the paper's, with the vocabulary of the published
 * uncased models.
 *
 * @see Devlin et al. 2019, BERT, §3, https://arxiv.org/abs/1810.04805
 */
export const bertSizes = {
  tiny: { vocabSize: 11, maxLen: 7, layers: 2, heads: 2, dModel: 6 },
  small: { vocabSize: 101, maxLen: 64, layers: 4, heads: 4, dModel: 128 },
  base: { vocabSize: 30_522, maxLen: 512, layers: 12, heads: 12, dModel: 768 },
  large: { vocabSize: 30_522, maxLen: 512, layers: 24, heads: 16, dModel: 1024 },
} as const satisfies Record<string, Sizes>;

/**
 * BERT with the head of its masked language model: post-norm blocks, learned positions, segments, a
 * norm on the embeddings, GELU.
 *
 * @throws RangeError if an option makes no sense; nothing is left behind.
 * @see Devlin et al. 2019, BERT, §3 and A.2, https://arxiv.org/abs/1810.04805
 */
export function bert(options: BertOptions): MaskedLanguageModel<BertConfig> {
  return onBert(bertForm, options, (parts, { config, own, init, rng }) => {
    const { activation, dModel, eps } = config;
    const norm = () => new LayerNorm(dModel, { eps });
    const { table } = parts.embedding;
    const head = own(new MaskedHead({ table, activation, norm, init, rng }));
    return new MaskedLanguageModel({ ...parts, head }, config);
  });
}

/** BERT without a head, but with the pooler that makes one vector of a text. See {@link bert}. */
export function bertEncoder(options: BertOptions): PooledEncoder<BertEncoderConfig> {
  return onBert(bertEncoderForm, options, (parts, { config, init, rng }) => {
    const pooler = new Pooler({ dModel: config.dModel, init, rng });
    return new PooledEncoder({ ...parts, pooler }, config);
  });
}

/** BERT that tells of which class a text is. See {@link bert}. */
export function bertSequenceClassifier(
  options: BertClassifierOptions,
): SequenceClassifier<BertSequenceClassifierConfig> {
  return onBert(bertSequenceClassifierForm, options, (parts, { config, own, init, rng }) => {
    const { dModel, classes } = config;
    const pooler = own(new Pooler({ dModel, init, rng }));
    const classifier = new Linear(dModel, classes, { init });
    const dropout = new Dropout(config.dropout, rng);
    return new SequenceClassifier({ ...parts, pooler, dropout, classifier }, config);
  });
}

/** BERT that tells of which class each token is. See {@link bert}. */
export function bertTokenClassifier(
  options: BertClassifierOptions,
): TokenClassifier<BertTokenClassifierConfig> {
  return onBert(bertTokenClassifierForm, options, (parts, { config, init, rng }) => {
    const classifier = new Linear(config.dModel, config.classes, { init });
    const dropout = new Dropout(config.dropout, rng);
    return new TokenClassifier({ ...parts, dropout, classifier }, config);
  });
}

/** Makes what all models on BERT read with, and has a head put on it. */
function onBert<Config extends BertFields & { readonly kind: string }, Model>(
  form: ConfigForm<Config>,
  { rng, positional: choice = "learned", ...options }: BertOptions,
  finish: (
    parts: EncoderModelParts,
    more: { config: Config; own: Own; init: ReturnType<typeof normal>; rng: Rng },
  ) => Model,
): Model {
  const defaults = { dFF: 4 * options.dModel, segments: 2, dropout: 0.1, attentionDropout: 0.1 };
  const more = { eps: 1e-12, activation: "gelu" };
  const settings = settled(form, { ...defaults, ...more } as Partial<Config>, options);
  const { vocabSize, maxLen, layers, heads, dModel, segments, dropout, eps } = settings;
  const init = normal(0.02, rng);
  const makers = {
    learned: () => learned({ maxLen, dModel, rng }),
    sinusoidal: () => sinusoidal({ dModel }),
  };
  return madeTogether((own) => {
    const norm = () => own(new LayerNorm(dModel, { eps }));
    const embedding = own(
      new Embeddings({ vocabSize, dModel, segments, norm, dropout, init, rng }),
    );
    const sizes = { dModel, heads, headDim: dModel / heads };
    const positional = positionalOf(choice, makers, { own, rng, sizes });
    const rates = { attention: settings.attentionDropout, output: dropout };
    const block = () =>
      own(standardBlock({ ...settings, residual: "postNorm", dropout: rates, init, rng }));
    const encoder = new Encoder({ blocks: Array.from({ length: layers }, block), positional });
    const { kind, version } = form;
    const config = { kind, version, ...settings, positional: positional.toJSON() } as Config;
    return finish({ embedding, encoder, maxLen }, { config, own, init, rng });
  });
}
