import type { Rng } from "@tx/core";
import {
  type BertConfig,
  type BertEncoderConfig,
  type BertSequenceClassifierConfig,
  type BertTokenClassifierConfig,
  bert,
  bertEncoder,
  bertEncoderForm,
  bertForm,
  bertSequenceClassifier,
  bertSequenceClassifierForm,
  bertTokenClassifier,
  bertTokenClassifierForm,
} from "./bert";
import type { CausalLanguageModel } from "./causal-language-model";
import type { EncoderDecoderModel } from "./encoder-decoder-model";
import { type GptConfig, gpt, gptForm } from "./gpt";
import { type LlamaConfig, llama, llamaForm } from "./llama";
import type { MaskedLanguageModel } from "./masked-language-model";
import type { PooledEncoder } from "./pooled-encoder";
import { type ConfigForm, checkedConfig, type PresetConfig } from "./preset";
import type { SequenceClassifier } from "./sequence-classifier";
import { type T5Config, t5, t5Form } from "./t5";
import type { TokenClassifier } from "./token-classifier";
import { type TransformerXLConfig, transformerXL, transformerXLForm } from "./transformer-xl";
import {
  type VanillaTransformerConfig,
  vanillaTransformer,
  vanillaTransformerForm,
} from "./vanilla-transformer";

/** The model of each kind of config. */
export interface ModelsByKind {
  bert: MaskedLanguageModel<BertConfig>;
  "bert-encoder": PooledEncoder<BertEncoderConfig>;
  "bert-sequence-classifier": SequenceClassifier<BertSequenceClassifierConfig>;
  "bert-token-classifier": TokenClassifier<BertTokenClassifierConfig>;
  gpt: CausalLanguageModel<GptConfig>;
  llama: CausalLanguageModel<LlamaConfig>;
  t5: EncoderDecoderModel<T5Config>;
  "transformer-xl": CausalLanguageModel<TransformerXLConfig>;
  "vanilla-transformer": EncoderDecoderModel<VanillaTransformerConfig>;
}

/** A model of any preset. */
export type PresetModel = ModelsByKind[keyof ModelsByKind];

/** The config of any preset: plain JSON. */
export type ModelConfig = PresetModel["config"];

type Maker<Model> = (value: object, name: string, rng: Rng) => Model;

const maker =
  <Config extends PresetConfig, Model>(
    form: ConfigForm<Config>,
    preset: (options: Config & { rng: Rng }) => Model,
  ): Maker<Model> =>
  (value, name, rng) => {
    const config = checkedConfig(form, value, name);
    try {
      return preset({ ...config, rng });
    } catch (cause) {
      // Of the strategy, which checks its options when it is made.
      const message = cause instanceof Error ? cause.message : String(cause);
      throw new RangeError(`${name}.${message}`, { cause });
    }
  };

const makers: { readonly [Kind in keyof ModelsByKind]: Maker<ModelsByKind[Kind]> } =
  /* @__PURE__ */ (() => ({
    bert: maker(bertForm, bert),
    "bert-encoder": maker(bertEncoderForm, bertEncoder),
    "bert-sequence-classifier": maker(bertSequenceClassifierForm, bertSequenceClassifier),
    "bert-token-classifier": maker(bertTokenClassifierForm, bertTokenClassifier),
    gpt: maker(gptForm, gpt),
    llama: maker(llamaForm, llama),
    t5: maker(t5Form, t5),
    "transformer-xl": maker(transformerXLForm, transformerXL),
    "vanilla-transformer": maker(vanillaTransformerForm, vanillaTransformer),
  }))();

/** The kinds that {@link modelFromConfig} knows. */
export const modelKinds = /* @__PURE__ */ Object.keys(makers) as readonly (keyof ModelsByKind)[];

/**
 * The model that a config describes, as a preset made it that has this config: `model.config`, or that
 * after a way through JSON. Every field has to be there, and no other.
 *
 * @param rng Source of first weights and dropout. A strategy of positions begins as by itself.
 * @param name What errors call the config. Default "config".
 * @throws RangeError naming the path of each field that is not right, such as
 *   `config.layers: expected a whole number from 1, got 0`; nothing is left behind.
 */
export function modelFromConfig<Kind extends keyof ModelsByKind>(
  config: { readonly kind: Kind; readonly version: number },
  rng: Rng,
  name?: string,
): ModelsByKind[Kind];
export function modelFromConfig(config: unknown, rng: Rng, name?: string): PresetModel;
export function modelFromConfig(config: unknown, rng: Rng, name = "config"): PresetModel {
  if (typeof config !== "object" || config === null || Array.isArray(config)) {
    throw new RangeError(`${name}: expected an object, got ${JSON.stringify(config)}`);
  }
  const { kind } = config as { kind?: unknown };
  if (typeof kind !== "string" || !Object.hasOwn(makers, kind)) {
    throw new RangeError(
      `${name}.kind: expected one of ${modelKinds.join(", ")}, got ${JSON.stringify(kind)}`,
    );
  }
  return makers[kind as keyof ModelsByKind](config, name, rng);
}
