import { slice, type Tensor2D, tidy } from "@tensorflow/tfjs-core";
import { Rng, spanOf } from "@tx/core";
import { Decoder, Embeddings, Encoder, EncoderDecoderModel } from "@tx/model";
import { sinusoidal } from "@tx/positional";
import { seq2seqLoss } from "@tx/training";
import type { CaseReader } from "../case-reader";
import type { Kind } from "../kind";
import { readAll } from "../tensors";
import { plainWeight, type Weight } from "../weights";
import { readWordedLayers } from "./layer-phrases";
import { axis, holds, inputsAre } from "./shape-of-case";
import { holdsTorchBlock } from "./torch-block";
import { readStack } from "./torch-transformer";
import { readTraining } from "./training-of-case";
import { visibleOf } from "./trajectory-bert";

/** Training steps of an encoder-decoder from given weights on given pairs of texts. */
export const trajectoryEncoderDecoder: Kind = {
  name: "trajectory-encoder-decoder",

  matches: (golden) =>
    inputsAre(golden, ["source", "target"]) &&
    holds(golden, "weights", "embedding.weight") &&
    holdsTorchBlock(golden.weights, "encoder.layers.0.") &&
    holdsTorchBlock(golden.weights, "decoder.layers.0."),

  map(reader) {
    const { weights, create } = readModel(reader);
    const pad = reader.number("pad");
    const labelSmoothing = reader.number("labelSmoothing", 0);
    const ignoreIndex = reader.number("ignoreIndex", -100);
    checkEnds(reader, pad);
    reader.phrase(
      "batch",
      /^source\[step\], target\[step\]; decoder input target\[:, :-1\], goal target\[:, 1:\]$/,
    );
    const inputs = [reader.input("source"), reader.input("target")];
    const train = readTraining(reader, weights, inputs);
    const forward = (model: EncoderDecoderModel) => (source: Tensor2D, target: Tensor2D) =>
      model.forward(source, target, {
        ...{ sourceVisible: visibleOf(source, pad), targetVisible: visibleOf(target, pad) },
        ...{ sourceSpan: spanOf(source.shape[1]), targetSpan: spanOf(target.shape[1]) },
      });

    return () =>
      train({
        create,
        loss: (model, [source, target]) =>
          seq2seqLoss(forward(model), source!, target!, { labelSmoothing, ignoreIndex }),
        before: (model, [source, target]) => {
          const first = tidy(() => {
            const [batch, length] = target!.shape;
            return forward(model)(source!, slice(target!, [0, 0], [batch, length - 1]));
          });
          return readAll([["first_logits", first]]);
        },
      });
  },
};

/** What begins and ends a target is in the targets already: config may only say what they say. */
function checkEnds(reader: CaseReader, pad: number): void {
  const { shape, data } = reader.input("target");
  const length = shape.at(-1)!;
  for (let row = 0; row < data.length; row += length) {
    const words = data.slice(row, row + length).filter((id) => id !== pad);
    reader.sizes({ bos: words[0], eos: words.at(-1) });
  }
}

function readModel(reader: CaseReader): { weights: Weight[]; create(): EncoderDecoderModel } {
  const config = readWordedLayers(reader);
  const table = reader.weight("embedding.weight");
  const [vocabSize, dModel] = [axis(table, 0), axis(table, 1)];
  const [encoder, decoder] = [
    readStack(reader, "encoder", config),
    readStack(reader, "decoder", config),
  ];
  reader.sizes({ vocabSize, dModel, layers: encoder.layers });
  reader.sizes({ layers: decoder.layers });
  const [times] =
    reader.phrase(
      "embedding",
      /^shared by source, target and output(; inputs times sqrt\(dModel\))?$/,
    ) ?? [];
  const [layout = "interleaved"] =
    reader.phrase("positions", /^sinusoid, (interleaved|concat), added after scaling$/) ?? [];
  const create = () => {
    const rng = new Rng(1);
    const scaled = times !== undefined;
    const positional = sinusoidal({ dModel, layout: layout as "interleaved" | "concat" });
    return new EncoderDecoderModel(
      {
        embedding: new Embeddings({ vocabSize, dModel, scaled, rng }),
        encoder: new Encoder({ ...encoder.create(), positional }),
        decoder: new Decoder({ ...decoder.create(), positional }),
      },
      null,
    );
  };
  const embedding = plainWeight(reader, "embedding.table", "embedding.weight");
  return { weights: [embedding, ...encoder.weights, ...decoder.weights], create };
}
