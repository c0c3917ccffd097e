import { Rng } from "@tx/core";
import { type Block, type StandardBlockOptions, standardBlock } from "@tx/model";
import { LayerNorm } from "@tx/norm";
import type { CaseReader } from "../case-reader";
import { NotMapped } from "../not-mapped";
import { commonBias, hasBias, linearWeights, normWeights, type Weight } from "../weights";
import { activationNames } from "./feed-forward";
import { axis } from "./shape-of-case";

/** Torch's projections, in the order of our parts query, key, value and output. */
const projections = ["q_proj", "k_proj", "v_proj", "out_proj"] as const;
const parts = ["query", "key", "value", "output"] as const;

/** A layer of torch's Transformer, as one of our blocks. */
export interface BlockOfCase {
  /** Their paths begin with the path given. */
  readonly weights: readonly Weight[];
  readonly dModel: number;
  /** Its weights are still to be loaded. */
  create(): Block;
}

/** What all layers of a case are told alike. */
export type LayerConfig = Pick<StandardBlockOptions, "heads" | "activation" | "residual" | "eps">;

/** Reads heads, activation, eps and where the norms are. */
export function readLayerConfig(reader: CaseReader): LayerConfig & { readonly eps: number } {
  return {
    heads: reader.number("heads"),
    activation: reader.choice("activation", activationNames, "relu"),
    residual: reader.flag("normFirst", false) ? "preNorm" : "postNorm",
    eps: reader.number("eps", 1e-5),
  };
}

/** Whether a case has the weights of a layer; the prefix is "", or ends in ".". */
export function holdsTorchBlock(weights: Readonly<Record<string, unknown>>, prefix = ""): boolean {
  return ["self_attn.q_proj", "linear1", "linear2", "norm1", "norm2"].every((name) =>
    Object.hasOwn(weights, `${prefix}${name}.weight`),
  );
}

/**
 * Reads the weights of torch.nn.TransformerEncoderLayer, or TransformerDecoderLayer where there is
 * cross-attention.
 *
 * @param prefix Of the case's names: "", or ends in ".".
 * @param path Of the block in the module: "", or ends in ".".
 */
export function readTorchBlock(
  reader: CaseReader,
  prefix: string,
  path: string,
  config: LayerConfig & { readonly eps: number },
): BlockOfCase {
  const cross = reader.has("weights", `${prefix}multihead_attn.q_proj.weight`);
  const attentions = cross ? ["self_attn", "multihead_attn"] : ["self_attn"];
  const [dFF, dModel] = reader.weight(`${prefix}linear1.weight`).shape as [number, number];
  reader.sizes({ dModel, dFF, headDim: dModel / config.heads });
  const names = [...attentions.flatMap(namesOf), "linear1", "linear2"];
  const bias = commonBias(
    reader,
    names.map((name) => `${prefix}${name}`),
  );
  const norms = cross ? ["norm1", "norm2", "norm3"] : ["norm1", "norm2"];
  const normBias = commonNormBias(
    reader,
    norms.map((name) => `${prefix}${name}`),
  );
  const memoryDim = cross
    ? axis(reader.weight(`${prefix}multihead_attn.k_proj.weight`), 1)
    : undefined;
  const { eps, ...rest } = config;
  return {
    weights: weightsOf(reader, prefix, path, cross),
    dModel,
    create: () =>
      standardBlock({
        ...{ ...rest, dModel, dFF, bias, cross, memoryDim, rng: new Rng(1) },
        norm: () => new LayerNorm(dModel, { eps, bias: normBias }),
      }),
  };
}

const namesOf = (attention: string) => projections.map((name) => `${attention}.${name}`);

function weightsOf(reader: CaseReader, prefix: string, path: string, cross: boolean): Weight[] {
  const attention = (part: string, name: string) =>
    parts.flatMap((projection, n) =>
      linearWeights(reader, `${path}${part}.${projection}`, `${prefix}${name}.${projections[n]}`),
    );
  const norm = (residual: string, name: string) =>
    normWeights(reader, `${path}${residual}.norm.`, `${prefix}${name}.`);
  return [
    ...attention("attention", "self_attn"),
    ...norm("attentionResidual", "norm1"),
    ...(cross ? attention("crossAttention", "multihead_attn") : []),
    ...(cross ? norm("crossResidual", "norm2") : []),
    ...linearWeights(reader, `${path}feedForward.expand`, `${prefix}linear1`),
    ...linearWeights(reader, `${path}feedForward.contract`, `${prefix}linear2`),
    ...norm("feedForwardResidual", cross ? "norm3" : "norm2"),
  ];
}

/** @throws NotMapped if only some norms have a bias. */
export function commonNormBias(reader: CaseReader, names: readonly string[]): boolean {
  const [first = false, ...others] = names.map((name) => hasBias(reader, name));
  if (others.some((bias) => bias !== first)) {
    throw new NotMapped(`weights: expected a bias on all of ${names.join(", ")} or on none`);
  }
  return first;
}
