import { clone, type Tensor, type Tensor3D } from "@tensorflow/tfjs-core";
import { Rng } from "@tx/core";
import { Decoder, standardBlock } from "@tx/model";
import { LayerNorm } from "@tx/norm";
import { type SinusoidalLayout, transformerXL } from "@tx/positional";
import type { CaseReader } from "../case-reader";
import { evaluate } from "../evaluate";
import type { GoldenCase } from "../golden-case";
import type { Kind } from "../kind";
import { NotMapped } from "../not-mapped";
import { commonBias, linearWeights, normWeights, plainWeight, type Weight } from "../weights";
import { activationNames } from "./feed-forward";
import { axis, holds } from "./shape-of-case";
import { commonNormBias } from "./torch-block";

const attention = { query: "q_proj", key: "k_proj", value: "v_proj", output: "out_proj" };
const feedForward = { expand: "fc1", contract: "fc2" };
const norms = { attentionResidual: "norm1", feedForwardResidual: "norm2" };

/** Segments of a text, one after the other, through layers that remember the ones before. */
export const transformerXLSegments: Kind = {
  name: "transformer-xl-segments",

  matches: (golden) =>
    segmentsOf(golden).length > 0 &&
    holds(
      golden,
      "weights",
      "layers.0.q_proj.weight",
      "layers.0.r_proj.weight",
      "layers.0.fc1.weight",
    ),

  map(reader) {
    const segments = segmentsOf(reader.golden);
    const inputs = Object.fromEntries(segments.map((name) => [name, reader.input(name)]));
    const { weights, create } = readDecoder(reader);
    reader.phrase("memory", /^the last memoryLength states entering each layer, detached$/);
    if (!reader.flag("causal")) throw new NotMapped("config.causal: expected true");
    const cotangent = reader.optionalInput("cotangent");

    return () => {
      const decoder = create();
      return evaluate(reader.golden, {
        module: decoder,
        weights,
        inputs,
        cotangent,
        forward: (tensors) => outputsOf(decoder, segments, tensors),
      });
    };
  },
};

/** The names of a case's segments, in their order. */
function segmentsOf({ inputs }: GoldenCase): string[] {
  const names = Object.keys(inputs).filter((name) => name !== "cotangent");
  return names.every((_, n) => names.includes(`segment${n + 1}`))
    ? names.map((_, n) => `segment${n + 1}`)
    : [];
}

/** The output of each segment, the last one as "output" too, and what is remembered at the end. */
function outputsOf(
  decoder: Decoder,
  segments: readonly string[],
  tensors: Readonly<Record<string, Tensor>>,
): Record<string, Tensor> {
  const outputs: Record<string, Tensor> = {};
  let memory: Tensor3D[] | undefined;
  for (const name of segments) {
    const made = decoder.forwardSegment(tensors[name] as Tensor3D, memory);
    outputs[`output_${name}`] = made.output;
    outputs.output = clone(made.output);
    memory = made.memory;
  }
  memory?.forEach((held, n) => {
    outputs[`memory_layer${n}_after`] = held;
  });
  return outputs;
}

function readDecoder(reader: CaseReader): { weights: Weight[]; create(): Decoder } {
  const layers = reader.number("layers");
  const [dFF, dModel] = reader.weight("layers.0.fc1.weight").shape as [number, number];
  const heads = reader.number("heads");
  const headDim = axis(reader.weight("layers.0.q_proj.weight"), 0) / heads;
  const width = axis(reader.weight("layers.0.r_proj.weight"), 1);
  reader.sizes({ dModel, dFF, headDim });
  const [memoryLen, eps] = [reader.number("memoryLength"), reader.number("eps", 1e-5)];
  const residual = reader.flag("normFirst", false) ? "preNorm" : "postNorm";
  const activation = reader.choice("activation", activationNames, "relu");
  const layout = reader.choice<SinusoidalLayout>(
    "sinusoidLayout",
    { concat: "concat", interleaved: "interleaved" },
    "concat",
  );
  const prefixes = Array.from({ length: layers }, (_, n) => `layers.${n}.`);
  const named = (parts: Readonly<Record<string, string>>) =>
    prefixes.flatMap((prefix) => Object.values(parts).map((name) => `${prefix}${name}`));
  const bias = {
    attention: commonBias(reader, named(attention)),
    feedForward: commonBias(reader, named(feedForward)),
    norm: commonNormBias(reader, named(norms)),
  };
  const shared = reader.has("weights", "u");
  const create = () => {
    const rng = new Rng(1);
    const norm = () => new LayerNorm(dModel, { eps, bias: bias.norm });
    const options = { dModel, heads, headDim, dFF, activation, residual, bias, norm, rng } as const;
    const sizes = { dModel: width, heads, headDim, layers, memoryLen };
    return new Decoder({
      blocks: prefixes.map(() => standardBlock(options)),
      positional: transformerXL({ ...sizes, shared, layout, rng }),
    });
  };
  return { weights: weightsOf(reader, prefixes, shared), create };
}

function weightsOf(reader: CaseReader, prefixes: readonly string[], shared: boolean): Weight[] {
  const entries = Object.entries;
  return prefixes.flatMap((prefix, n) => [
    ...entries(attention).flatMap(([part, name]) =>
      linearWeights(reader, `blocks.${n}.attention.${part}`, `${prefix}${name}`),
    ),
    ...entries(feedForward).flatMap(([part, name]) =>
      linearWeights(reader, `blocks.${n}.feedForward.${part}`, `${prefix}${name}`),
    ),
    ...entries(norms).flatMap(([part, name]) =>
      normWeights(reader, `blocks.${n}.${part}.norm.`, `${prefix}${name}.`),
    ),
    ...linearWeights(reader, `positional.layers.${n}.projection`, `${prefix}r_proj`),
    ...(shared && n > 0 ? [] : asked(reader, n, shared ? "" : prefix)),
  ]);
}

/** What every query asks of content and of distance, in one layer or in all. */
function asked(reader: CaseReader, layer: number, prefix: string): Weight[] {
  return [
    plainWeight(reader, `positional.layers.${layer}.content`, `${prefix}u`),
    plainWeight(reader, `positional.layers.${layer}.distance`, `${prefix}v`),
  ];
}
