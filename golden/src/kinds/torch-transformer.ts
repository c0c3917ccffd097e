import type { Tensor3D } from "@tensorflow/tfjs-core";
import { Decoder, Encoder, EncoderDecoder } from "@tx/model";
import { LayerNorm } from "@tx/norm";
import type { CaseReader } from "../case-reader";
import { evaluate } from "../evaluate";
import type { Kind } from "../kind";
import { NotMapped } from "../not-mapped";
import { hasBias, normWeights, type Weight } from "../weights";
import { inputsAre } from "./shape-of-case";
import {
  type BlockOfCase,
  holdsTorchBlock,
  type LayerConfig,
  readLayerConfig,
  readTorchBlock,
} from "./torch-block";
import { visibleOf } from "./torch-layer";

/** torch.nn.Transformer: encoder and decoder together on inputs that are embedded already. */
export const torchTransformer: Kind = {
  name: "torch-transformer",

  matches: (golden) =>
    inputsAre(golden, ["source", "target"], ["source_valid", "valid", "cotangent"]) &&
    holdsTorchBlock(golden.weights, "encoder.layers.0.") &&
    holdsTorchBlock(golden.weights, "decoder.layers.0.") &&
    Object.keys(golden.weights).every((name) => /^(en|de)coder\./.test(name)),

  map(reader) {
    const [source, target] = [reader.input("source"), reader.input("target")];
    const [sourceValid, valid] = [
      reader.optionalInput("source_valid"),
      reader.optionalInput("valid"),
    ];
    const config = readLayerConfig(reader);
    const encoder = readStack(reader, "encoder", config);
    const decoder = readStack(reader, "decoder", config);
    if (!reader.flag("causal", true)) {
      throw new NotMapped("config.causal: expected a causal decoder");
    }
    const cotangent = reader.optionalInput("cotangent");

    return () => {
      const module = new EncoderDecoder({
        encoder: new Encoder(encoder.create()),
        decoder: new Decoder(decoder.create()),
      });
      return evaluate(reader.golden, {
        module,
        weights: [...encoder.weights, ...decoder.weights],
        inputs: { source, target },
        cotangent,
        forward: (tensors) => ({
          output: module.forward(tensors.source as Tensor3D, tensors.target as Tensor3D, {
            sourceVisible: visibleOf(sourceValid),
            targetVisible: visibleOf(valid),
          }),
        }),
      });
    };
  },
};

/** Blocks and final norm of one side; their weights are still to be loaded. */
interface StackOfCase {
  readonly weights: readonly Weight[];
  /** How many. */
  readonly layers: number;
  create(): { blocks: ReturnType<BlockOfCase["create"]>[]; norm: LayerNorm | undefined };
}

/** Reads the layers and the final norm, where there is one, of torch's encoder or decoder. */
export function readStack(
  reader: CaseReader,
  side: "encoder" | "decoder",
  config: LayerConfig & { readonly eps: number },
): StackOfCase {
  const layers: BlockOfCase[] = [];
  while (holdsTorchBlock(reader.golden.weights, `${side}.layers.${layers.length}.`)) {
    const n = layers.length;
    layers.push(readTorchBlock(reader, `${side}.layers.${n}.`, `${side}.blocks.${n}.`, config));
  }
  reader.sizes({ [`${side}Layers`]: layers.length });
  const normed = reader.has("weights", `${side}.norm.weight`);
  if (reader.flag("finalNorms", normed) !== normed) {
    throw new NotMapped(`config.finalNorms: expected ${normed} as in the weights of ${side}`);
  }
  const norm = normed ? normWeights(reader, `${side}.norm.`, `${side}.norm.`) : [];
  const bias = hasBias(reader, `${side}.norm`);
  const [{ dModel }] = layers as [BlockOfCase];
  return {
    weights: [...layers.flatMap(({ weights }) => weights), ...norm],
    layers: layers.length,
    create: () => ({
      blocks: layers.map((layer) => layer.create()),
      norm: normed ? new LayerNorm(dModel, { eps: config.eps, bias }) : undefined,
    }),
  };
}
