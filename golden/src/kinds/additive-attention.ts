import { reshape, type Tensor, type Tensor4D } from "@tensorflow/tfjs-core";
import { additive, attendHeads } from "@tx/attention";
import { Rng } from "@tx/core";
import { evaluate } from "../evaluate";
import type { Kind } from "../kind";
import { hasBias, linearWeights, plainWeight } from "../weights";
import { causalMask, joined, keyMask } from "./masks";
import { axis, inputsAre, weightsAre } from "./shape-of-case";

/** Bahdanau's additive attention in one head, whose values are the keys' own states. */
export const additiveAttention: Kind = {
  name: "additive-attention",

  matches: (golden) =>
    inputsAre(golden, ["query", "values"], ["key_padding_mask", "cotangent"]) &&
    weightsAre(golden, ["q_proj.weight", "k_proj.weight", "v"], ["k_proj.bias"]),

  map(reader) {
    const inputs = { query: reader.input("query"), values: reader.input("values") };
    const kept = reader.optionalInput("key_padding_mask");
    const masks = [causalMask(reader), kept && keyMask(kept)];
    const cotangent = reader.optionalInput("cotangent");
    const [hiddenDim, keyDim] = reader.weight("k_proj.weight").shape as [number, number];
    const queryDim = axis(inputs.query, -1);
    reader.sizes({ queryDim, keyDim, hiddenDim });
    const bias = hasBias(reader, "k_proj");
    const weights = [
      ...linearWeights(reader, "query", "q_proj"),
      ...linearWeights(reader, "key", "k_proj"),
      plainWeight(reader, "vector", "v"),
    ];

    return () => {
      const score = additive({ queryDim, keyDim, hiddenDim, bias, rng: new Rng(1) });
      return evaluate(reader.golden, {
        inputs,
        cotangent,
        module: score,
        weights,
        forward: ({ query, values }) => {
          const [q, states] = [oneHead(query!), oneHead(values!)];
          const { output, weights } = attendHeads(q, states, states, {
            ...{ mask: joined(masks), score, returnWeights: true },
          });
          return { output: headOf(output), attention_weights: headOf(weights) };
        },
      });
    };
  },
};

/** [batch, rows, width] to [batch, 1, rows, width]. */
function oneHead(x: Tensor): Tensor4D {
  const [batch, rows, width] = x.shape as [number, number, number];
  return reshape(x, [batch, 1, rows, width]);
}

/** And back. */
function headOf(x: Tensor4D): Tensor {
  const [batch, , rows, width] = x.shape;
  return reshape(x, [batch, rows, width]);
}
