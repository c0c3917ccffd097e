import { Rng } from "@tx/core";
import { type CausalLanguageModel, type GptOptions, gpt } from "@tx/model";
import type { CaseReader } from "../case-reader";
import type { GoldenCase } from "../golden-case";
import {
  agreedBias,
  hasBias,
  linearWeights,
  normWeights,
  plainWeight,
  type Weight,
} from "../weights";
import { activationNames } from "./feed-forward";
import { axis, holds } from "./shape-of-case";

/** Whether a case has the weights of a GPT. */
export function isGpt(golden: GoldenCase): boolean {
  return holds(
    golden,
    "weights",
    "token_embedding.weight",
    "position_embedding.weight",
    "blocks.0.attn.q_proj.weight",
    "blocks.0.fc1.weight",
    "norm_final.weight",
  );
}

export interface GptOfCase {
  readonly weights: readonly Weight[];
  /** A model of the case's form; its weights are still to be loaded. */
  create(): CausalLanguageModel;
}

/** Reads the configuration and every weight of a GPT in the cases' names. */
export function readGpt(reader: CaseReader): GptOfCase {
  const table = reader.weight("token_embedding.weight");
  const [vocabSize, dModel] = [axis(table, 0), axis(table, 1)];
  const maxLen = axis(reader.weight("position_embedding.weight"), 0);
  const layers = reader.number("layers");
  const dFF = axis(reader.weight("blocks.0.fc1.weight"), 0);
  reader.sizes({ vocabSize, dModel, contextLength: maxLen, dFF });
  reader.phrase("positions", /^learned, added$/);
  const [eps = "1e-5"] = reader.phrase("norm", /^pre-LN, eps ([\d.e-]+), final norm$/) ?? [];
  const options: Omit<GptOptions, "rng"> = {
    ...{ vocabSize, dModel, maxLen, layers, dFF },
    heads: reader.number("heads"),
    eps: Number(eps),
    activation: reader.choice("activation", activationNames),
    tied: reader.choice("output", { "tied to token_embedding": true, untied: false }),
    bias: agreedBias(reader, hasBias(reader, "blocks.0.fc1")),
  };
  return {
    weights: weightsOf(reader, layers, options.tied === true),
    create: () => gpt({ ...options, rng: new Rng(1) }),
  };
}

function weightsOf(reader: CaseReader, layers: number, tied: boolean): Weight[] {
  const blocks = Array.from({ length: layers }, (_, i) => `blocks.${i}`).flatMap((block) => [
    ...normWeights(reader, `decoder.${block}.attentionResidual.norm.`, `${block}.norm1.`),
    ...linearWeights(reader, `decoder.${block}.attention.query`, `${block}.attn.q_proj`),
    ...linearWeights(reader, `decoder.${block}.attention.key`, `${block}.attn.k_proj`),
    ...linearWeights(reader, `decoder.${block}.attention.value`, `${block}.attn.v_proj`),
    ...linearWeights(reader, `decoder.${block}.attention.output`, `${block}.attn.out_proj`),
    ...normWeights(reader, `decoder.${block}.feedForwardResidual.norm.`, `${block}.norm2.`),
    ...linearWeights(reader, `decoder.${block}.feedForward.expand`, `${block}.fc1`),
    ...linearWeights(reader, `decoder.${block}.feedForward.contract`, `${block}.fc2`),
  ]);
  return [
    plainWeight(reader, "embedding.table", "token_embedding.weight"),
    plainWeight(reader, "positional.embedding.table", "position_embedding.weight"),
    ...blocks,
    ...normWeights(reader, "decoder.norm.", "norm_final."),
    ...(tied ? [] : linearWeights(reader, "head", "head")),
  ];
}
