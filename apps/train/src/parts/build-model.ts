import { mul, tidy } from "@tensorflow/tfjs-core";
import { additive, cosine, type ScoreFunction, scaledDotProduct } from "@tx/attention";
import { type Initializer, Linear, Module, normal, type Positional, type Rng } from "@tx/core";
import {
  type Block,
  CausalLanguageModel,
  Decoder,
  Embeddings,
  Encoder,
  EncoderDecoderModel,
  type FeedForwardPart,
  MaskedHead,
  MaskedLanguageModel,
  type Norm,
  type NormName,
  needsFinalNorm,
  normMaker,
  type ResidualPolicy,
  type StandardBlockOptions,
  standardBlock,
} from "@tx/model";
import { type DeepNormCoefficients, deepNormCoefficients } from "@tx/norm";
import { type Config, modelName } from "../config/config";
import { messageOf, UserError } from "../user-error";
import { feedForwards, residuals } from "./blocks";
import { mixtureOf } from "./experts";
import { makePositional } from "./make-positional";
import { partNamed } from "./part";

/** Every model that tasks train. */
export type Model =
  | CausalLanguageModel<Config>
  | EncoderDecoderModel<Config>
  | MaskedLanguageModel<Config>;

/** What the data say of the model. */
export interface ModelSizes {
  readonly vocabSize: number;
  /** Longest sequence while training, in tokens: tables of positions are as long. */
  readonly maxLen: number;
}

/**
 * The one place where settings become a model: standard blocks with first values as GPT-2's, whatever
 * the parts, so that parts are all there is to compare. An encoder and a decoder have as many layers
 * each, and positions of their own.
 *
 * @throws UserError if a part refuses its options; nothing is left behind.
 * @see Radford et al. 2019, Language Models are Unsupervised Multitask Learners, §2.3 (first values)
 */
export function buildModel(config: Config, sizes: ModelSizes, rng: Rng): Model {
  const { dModel, dropout } = config;
  const { vocabSize } = sizes;
  const made: Module[] = [];
  const own: Own = (part) => {
    if (part instanceof Module) made.push(part);
    return part;
  };
  try {
    const init = normal(0.02, rng);
    const scaled = config.embedding === "unit";
    const table = scaled ? normal(1 / Math.sqrt(dModel), rng) : init;
    const embedding = own(new Embeddings({ vocabSize, dModel, dropout, scaled, init: table, rng }));
    const stack = (side: Side) => stackOf(config, { side, sizes, rng, own });
    const headOf = () =>
      config.tied ? undefined : own(new Linear(dModel, vocabSize, { init, bias: false }));
    if (modelName(config) === "encoder-decoder") {
      const encoder = new Encoder(stack("encoder"));
      const decoder = new Decoder(stack("reading decoder"));
      return new EncoderDecoderModel({ embedding, encoder, decoder, head: headOf() }, config);
    }
    if (modelName(config) === "encoder") {
      const encoder = new Encoder(stack("encoder"));
      const norm = normMaker(config.norm as NormName, { dModel, bias: config.bias });
      const { table } = embedding;
      // BERT's head, unless logits are to come from elsewhere than the table.
      const head = headOf() ?? own(new MaskedHead({ table, norm: () => own(norm()), init, rng }));
      return new MaskedLanguageModel({ embedding, encoder, head }, config);
    }
    const decoder = new Decoder(stack("decoder"));
    return new CausalLanguageModel({ embedding, decoder, head: headOf() }, config);
  } catch (error) {
    for (const part of made) part.dispose();
    throw error instanceof UserError ? error : new UserError(`model: ${messageOf(error)}`);
  }
}

type Own = <T>(part: T) => T;

/** What a stack of blocks is for; a reading decoder looks at what an encoder made, too. */
export type Side = "encoder" | "decoder" | "reading decoder";

interface Stack {
  readonly blocks: Block[];
  readonly positional: Positional;
  readonly norm: Norm | undefined;
}

function stackOf(
  config: Config,
  { side, sizes, rng, own }: { side: Side; sizes: ModelSizes; rng: Rng; own: Own },
): Stack {
  const { layers, heads, dModel, positional: name, positionalOptions } = config;
  const { maxLen } = sizes;
  const places = {
    ...{ dModel, heads, layers, maxLen, bidirectional: side === "encoder" },
    tokenSize: config.embedding === "unit" ? 1 : 0.02,
  };
  const positional = own(
    refusing("--positional-options", () => makePositional(name, places, positionalOptions, rng)),
  );
  const options = blockOptions(config, side, rng);
  const blocks: Block[] = [];
  for (let layer = 0; layer < layers; layer++) {
    const score = own(refusing("--score-options", () => scoreOf(config, rng)));
    blocks.push(own(standardBlock({ ...options, score })));
  }
  const norm = needsFinalNorm(options.residual!)
    ? own(normMaker(options.norm!, { dModel, bias: config.bias })())
    : undefined;
  return { blocks, positional, norm };
}

function blockOptions(config: Config, side: Side, rng: Rng): StandardBlockOptions {
  const { dModel, heads, layers, dropout, bias } = config;
  const feedForward = partNamed(feedForwards, config.ffn);
  const residual = partNamed(residuals, config.residual).policy as ResidualPolicy;
  const cross = side === "reading decoder";
  const additions = (cross ? 3 : 2) * layers;
  const deepNorm = residual === "deepNorm" ? deepNormOf(config)[side] : undefined;
  const init = normal(0.02, rng);
  // GPT-2 scales down what is added to the stream by the root of the number of additions.
  const residualInit = normal(0.02 / Math.sqrt(additions), rng);
  return {
    ...{ dModel, heads, dropout, bias, residual, cross, rng, init, residualInit, deepNorm },
    kvHeads: keyValueHeads(config),
    dFF: config.dFF ?? undefined,
    ...("mixed" in feedForward
      ? { feedForward: () => mixture(config, { init, residualInit, rng, beta: deepNorm?.beta }) }
      : (feedForward as Pick<StandardBlockOptions, "activation" | "gated">)),
    norm: config.norm as NormName,
  };
}

function mixture(
  config: Config,
  {
    beta = 1,
    rng,
    ...inits
  }: { init: Initializer; residualInit: Initializer; rng: Rng; beta?: number | undefined },
): FeedForwardPart {
  const scaled =
    (of: Initializer): Initializer =>
    (shape) =>
      beta === 1 ? of(shape) : tidy(() => mul(of(shape), beta));
  const [init, residualInit] = [scaled(inits.init), scaled(inits.residualInit)];
  return refusing("--ffn-options", () => mixtureOf(config, { init, residualInit, rng }));
}

export function deepNormOf(config: Config): Partial<Record<Side, DeepNormCoefficients>> {
  const { layers } = config;
  const shape = modelName(config);
  if (shape === "decoder") return deepNormCoefficients({ decoder: layers });
  if (shape === "encoder") return deepNormCoefficients({ encoder: layers });
  const { encoder, decoder } = deepNormCoefficients({ encoder: layers, decoder: layers });
  return { encoder, "reading decoder": decoder };
}

export function keyValueHeads({ attention, heads, kvHeads }: Config): number {
  if (attention === "multi-query") return 1;
  return attention === "grouped" ? (kvHeads ?? heads / 2) : heads;
}

function scoreOf({ score, scoreOptions, heads, dModel }: Config, rng: Rng): ScoreFunction {
  if (score === "unscaled") return scaledDotProduct({ scale: 1 });
  if (score === "cosine") return cosine({ heads, ...scoreOptions });
  if (score === "additive") return additive({ queryDim: dModel / heads, ...scoreOptions, rng });
  return scaledDotProduct();
}

/** What a part refuses, in the name of a setting. */
export function refusing<T>(name: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw new UserError(`${name}: ${messageOf(error)}`);
  }
}

/** @throws RangeError if the model is no decoder alone. */
export function decoderModel(model: Model): CausalLanguageModel<Config> {
  if (model instanceof CausalLanguageModel) return model;
  throw new RangeError(`model: expected a decoder, got ${modelName(model.config)}`);
}

/** @throws RangeError if the model is no masked language model. */
export function maskedModel(model: Model): MaskedLanguageModel<Config> {
  if (model instanceof MaskedLanguageModel) return model;
  throw new RangeError(`model: expected an encoder, got ${modelName(model.config)}`);
}

/** @throws RangeError if the model is no encoder-decoder. */
export function encoderDecoderModel(model: Model): EncoderDecoderModel<Config> {
  if (model instanceof EncoderDecoderModel) return model;
  throw new RangeError(`model: expected an encoder-decoder, got ${modelName(model.config)}`);
}
