import { additive, cosine, type ScoreFunction, scaledDotProduct } from "@tx/attention";
import { Linear, Module, normal, type Rng } from "@tx/core";
import {
  type Block,
  CausalLanguageModel,
  Decoder,
  Embeddings,
  type NormName,
  needsFinalNorm,
  normMaker,
  type ResidualPolicy,
  type StandardBlockOptions,
  standardBlock,
} from "@tx/model";
import { deepNormCoefficients } from "@tx/norm";
import type { Config } from "../config/config";
import { messageOf, UserError } from "../user-error";
import { feedForwards, residuals } from "./blocks";
import { makePositional } from "./make-positional";
import { partNamed } from "./part";

/** Every model that tasks train. */
export type Model = CausalLanguageModel<Config>;

/** What the data say of the model. */
export interface ModelSizes {
  readonly vocabSize: number;
  /** Longest sequence while training, in tokens: tables of positions are as long. */
  readonly maxLen: number;
}

/**
 * The one place where settings become a model: a decoder of standard blocks with first values as
 * GPT-2's, whatever the parts, so that parts are all there is to compare.
 *
 * @throws UserError if a part refuses its options; nothing is left behind.
 * @see Radford et al. 2019, Language Models are Unsupervised Multitask Learners, §2.3 (first values)
 */
export function buildModel(config: Config, { vocabSize, maxLen }: ModelSizes, rng: Rng): Model {
  const { layers, heads, dModel, positional: name, positionalOptions } = config;
  const made: Module[] = [];
  const own = <T>(part: T): T => {
    if (part instanceof Module) made.push(part);
    return part;
  };
  try {
    const init = normal(0.02, rng);
    const embedding = own(
      new Embeddings({ vocabSize, dModel, dropout: config.dropout, init, rng }),
    );
    const sizes = { dModel, heads, layers, maxLen, bidirectional: false };
    const positional = own(
      refusing("--positional-options", () => makePositional(name, sizes, positionalOptions, rng)),
    );
    const options = blockOptions(config, rng);
    const blocks: Block[] = [];
    for (let layer = 0; layer < layers; layer++) {
      const score = own(refusing("--score-options", () => scoreOf(config, rng)));
      blocks.push(own(standardBlock({ ...options, score })));
    }
    const norm = needsFinalNorm(options.residual!)
      ? own(normMaker(options.norm!, { dModel, bias: config.bias })())
      : undefined;
    const head = config.tied
      ? undefined
      : own(new Linear(dModel, vocabSize, { init, bias: false }));
    const decoder = new Decoder({ blocks, positional, norm });
    return new CausalLanguageModel({ embedding, decoder, head }, config);
  } catch (error) {
    for (const part of made) part.dispose();
    throw error instanceof UserError ? error : new UserError(`model: ${messageOf(error)}`);
  }
}

function blockOptions(config: Config, rng: Rng): StandardBlockOptions {
  const { dModel, heads, layers, dropout, bias } = config;
  const { activation, gated } = partNamed(feedForwards, config.ffn);
  const residual = partNamed(residuals, config.residual).policy as ResidualPolicy;
  return {
    ...{ dModel, heads, dropout, bias, residual, gated, rng },
    kvHeads: keyValueHeads(config),
    dFF: config.dFF ?? undefined,
    activation: activation as StandardBlockOptions["activation"],
    norm: config.norm as NormName,
    deepNorm:
      residual === "deepNorm" ? deepNormCoefficients({ decoder: layers }).decoder : undefined,
    init: normal(0.02, rng),
    // GPT-2 scales down what is added to the stream by the root of the number of additions.
    residualInit: normal(0.02 / Math.sqrt(2 * layers), rng),
  };
}

function keyValueHeads({ attention, heads, kvHeads }: Config): number {
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
