import {
  cast,
  expandDims,
  mul,
  notEqual,
  scalar,
  type Tensor2D,
  tidy,
} from "@tensorflow/tfjs-core";
import { Rng, spanOf } from "@tx/core";
import { Embeddings, Encoder, MaskedHead, MaskedLanguageModel } from "@tx/model";
import { LayerNorm } from "@tx/norm";
import { learned } from "@tx/positional";
import { mlmLoss } from "@tx/training";
import type { CaseReader } from "../case-reader";
import type { Kind } from "../kind";
import { readAll } from "../tensors";
import { linearWeights, normWeights, plainWeight, type Weight } from "../weights";
import { readWordedLayers } from "./layer-phrases";
import { axis, holds, inputsAre } from "./shape-of-case";
import { holdsTorchBlock } from "./torch-block";
import { readStack } from "./torch-transformer";
import { type Batch, readTraining } from "./training-of-case";

/** Steps of masked language modelling of a BERT from given weights on given tokens. */
export const trajectoryBert: Kind = {
  name: "trajectory-bert",

  matches: (golden) =>
    inputsAre(golden, ["ids", "labels"], ["segments"]) &&
    holds(golden, "weights", "token_embedding.weight", "head_dense.weight", "head_bias") &&
    holdsTorchBlock(golden.weights, "encoder.layers.0."),

  map(reader) {
    const segments = reader.optionalInput("segments");
    const inputs = [reader.input("ids"), reader.input("labels"), ...(segments ? [segments] : [])];
    const { weights, create } = readBert(reader);
    const pad = reader.number("pad");
    // Which token stands for hidden ones is in the ids already.
    reader.remarks("mask");
    const ignoreIndex = reader.number("ignoreIndex", -100);
    const train = readTraining(reader, weights, inputs);
    const told = (batch: Batch) => {
      const [ids, , segments] = batch as [Tensor2D, Tensor2D, Tensor2D?];
      const visible = visibleOf(ids, pad);
      return { visible, segments, span: spanOf(ids.shape[1]) };
    };

    return () =>
      train({
        create,
        loss: (model, batch) => {
          const [ids, labels] = batch as [Tensor2D, Tensor2D];
          const forward = (ids: Tensor2D) => model.forward(ids, told(batch));
          return mlmLoss(forward, ids, labels, { ignoreIndex });
        },
        before: (model, batch) => {
          const first = tidy(() => {
            const rows = told(batch);
            const valid = expandDims(cast(rows.visible, "float32"), 2);
            return mul(model.forward(batch[0]!, rows), valid);
          });
          return readAll([["first_logits_valid_rows", first]]);
        },
      });
  },
};

/** bool [batch, seq]: true for tokens that are no padding. */
export function visibleOf(ids: Tensor2D, pad: number): Tensor2D {
  return notEqual(ids, scalar(pad, "int32"));
}

function readBert(reader: CaseReader): {
  weights: Weight[];
  create(): MaskedLanguageModel;
} {
  const config = readWordedLayers(reader);
  const { eps } = config;
  const table = reader.weight("token_embedding.weight");
  const [vocabSize, dModel] = [axis(table, 0), axis(table, 1)];
  const maxLen = axis(reader.weight("position_embedding.weight"), 0);
  const hasSegments = reader.has("weights", "segment_embedding.weight");
  const segments = hasSegments ? axis(reader.weight("segment_embedding.weight"), 0) : 0;
  const encoder = readStack(reader, "encoder", config);
  reader.sizes({ vocabSize, maxLength: maxLen, layers: encoder.layers });
  reader.phrase("head", /^dense, gelu, norm, tied token_embedding \+ head_bias$/);
  const weights = [
    plainWeight(reader, "embedding.table", "token_embedding.weight"),
    plainWeight(reader, "positional.embedding.table", "position_embedding.weight"),
    ...(hasSegments
      ? [plainWeight(reader, "embedding.segments.table", "segment_embedding.weight")]
      : []),
    ...normWeights(reader, "embedding.norm.", "embedding_norm."),
    ...encoder.weights,
    ...linearWeights(reader, "head.dense", "head_dense"),
    ...normWeights(reader, "head.norm.", "head_norm."),
    plainWeight(reader, "head.bias", "head_bias"),
  ];
  const create = () => {
    const rng = new Rng(1);
    const norm = () => new LayerNorm(dModel, { eps });
    const embedding = new Embeddings({ vocabSize, dModel, segments, norm, rng });
    const positional = learned({ maxLen, dModel, rng });
    const head = new MaskedHead({ table: embedding.table, activation: "gelu", norm, rng });
    const parts = { embedding, encoder: new Encoder({ ...encoder.create(), positional }), head };
    return new MaskedLanguageModel(parts, null);
  };
  return { weights, create };
}
