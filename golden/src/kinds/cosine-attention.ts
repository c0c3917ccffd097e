import { attendHeads, cosine } from "@tx/attention";
import { evaluate } from "../evaluate";
import type { Kind } from "../kind";
import { plainWeight } from "../weights";
import { givesHeads, headTensors, readHeads } from "./heads-of-case";
import { axis, weightsAre } from "./shape-of-case";

/** Cosine attention on given heads, with learned scales. */
export const cosineAttention: Kind = {
  name: "cosine-attention",

  matches: (golden) => givesHeads(golden) && weightsAre(golden, ["scale"]),

  map(reader) {
    const { inputs, cotangent, mask } = readHeads(reader);
    const weights = [plainWeight(reader, "scale", "scale")];
    const heads = axis(reader.weight("scale"), 0);
    const epsilon = reader.number("epsilon", 1e-12);

    return () => {
      const score = cosine({ heads, epsilon });
      return evaluate(reader.golden, {
        inputs,
        cotangent,
        module: score,
        weights,
        forward: (tensors) => {
          const { output, weights } = attendHeads(...headTensors(tensors), {
            ...{ mask: mask(), score, returnWeights: true },
          });
          return { output, attention_weights: weights };
        },
      });
    };
  },
};
