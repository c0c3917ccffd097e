import type { Tensor3D } from "@tensorflow/tfjs-core";
import { MultiHeadAttention } from "@tx/attention";
import { Rng } from "@tx/core";
import type { CaseReader } from "../case-reader";
import { evaluate } from "../evaluate";
import type { CaseTensor } from "../golden-case";
import type { Kind } from "../kind";
import { NotMapped } from "../not-mapped";
import { commonBias, linearWeights } from "../weights";
import { causalMask, joined, keyMask } from "./masks";
import { axis, hinted, inputsAre, weightsAre } from "./shape-of-case";

/** Torch's projections, in the order of our parts query, key, value and output. */
const projections = ["q_proj", "k_proj", "v_proj", "out_proj"] as const;
const parts = ["query", "key", "value", "output"] as const;

const kernels = projections.map((name) => `${name}.weight`);
const biases = projections.map((name) => `${name}.bias`);

/**
 * torch.nn.MultiheadAttention: self or cross, causal, padded, other widths of keys and values; and
 * the same with fewer key heads (grouped queries).
 */
export const multiHeadAttention: Kind = {
  name: "multi-head-attention",

  matches: (golden) =>
    (inputsAre(golden, ["x"], ["valid", "cotangent"]) ||
      inputsAre(golden, ["query", "key"], ["value", "key_padding_mask", "cotangent"])) &&
    weightsAre(golden, kernels, biases) &&
    hinted(golden, /mha|multi_?head|grouped|multi_?query/i, /MultiheadAttention|GQA/),

  map(reader) {
    const { inputs, kept } = sources(reader);
    const weights = parts.flatMap((part, i) => linearWeights(reader, part, projections[i]!));
    const sizes = sizesOf(reader);
    const bias = commonBias(reader, projections);
    const masks = [causalMask(reader), kept && keyMask(kept)];
    const cotangent = reader.optionalInput("cotangent");

    return () => {
      const attention = new MultiHeadAttention({ ...sizes, bias, rng: new Rng(1) });
      return evaluate(reader.golden, {
        module: attention,
        weights,
        inputs,
        cotangent,
        forward: ({ x, query = x, key, value = key }) => {
          const result = attention.forward(query as Tensor3D, {
            key: key as Tensor3D | undefined,
            value: value as Tensor3D | undefined,
            mask: joined(masks),
            returnWeights: true,
          });
          return { output: result.output, attention_weights: result.weights };
        },
      });
    };
  },
};

/** What attends to what, and which keys are no padding. */
function sources(reader: CaseReader): {
  inputs: Record<string, CaseTensor>;
  kept: CaseTensor | undefined;
} {
  if (reader.has("inputs", "x")) {
    return { inputs: { x: reader.input("x") }, kept: reader.optionalInput("valid") };
  }
  const value = reader.optionalInput("value");
  return {
    inputs: { query: reader.input("query"), key: reader.input("key"), ...(value && { value }) },
    kept: reader.optionalInput("key_padding_mask"),
  };
}

/** Heads from the configuration, widths from the weights; what is said twice has to agree. */
function sizesOf(reader: CaseReader) {
  const [query, key, value, output] = kernels.map((name) => reader.weight(name)) as [
    CaseTensor,
    CaseTensor,
    CaseTensor,
    CaseTensor,
  ];
  const heads = reader.number("heads");
  const kvHeads = reader.number("kvHeads", heads);
  const dModel = axis(output, 0);
  const headDim = axis(query, 0) / heads;
  const [keyDim, valueDim] = [axis(key, 1), axis(value, 1)];
  reader.sizes({ embedDim: dModel, dModel, headDim });
  reader.sizes({ kdim: keyDim, vdim: valueDim, keyDim, valueDim });
  if (axis(query, 1) !== dModel) {
    throw new NotMapped(`weights.q_proj.weight: expected width ${dModel}, as the output's`);
  }
  return { dModel, heads, kvHeads, headDim, keyDim, valueDim };
}
