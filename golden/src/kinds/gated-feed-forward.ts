import { Rng } from "@tx/core";
import { GatedFeedForward } from "@tx/ffn";
import { evaluate } from "../evaluate";
import type { Kind } from "../kind";
import { commonBias, linearWeights } from "../weights";
import { activationNames } from "./feed-forward";
import { inputsAre, weightsAre } from "./shape-of-case";

const parts = ["gate", "up", "down"] as const;

/** A feed-forward whose inner features are gated. */
export const gatedFeedForward: Kind = {
  name: "gated-feed-forward",

  matches: (golden) =>
    golden.package === "ffn" &&
    inputsAre(golden, ["x"], ["cotangent"]) &&
    weightsAre(
      golden,
      parts.map((part) => `${part}.weight`),
      parts.map((part) => `${part}.bias`),
    ),

  map(reader) {
    const x = reader.input("x");
    const weights = parts.flatMap((part) => linearWeights(reader, part, part));
    const bias = commonBias(reader, parts);
    const [dFF, dModel] = reader.weight("gate.weight").shape as [number, number];
    const activation = reader.choice(reader.has("config", "gate") ? "gate" : "activation", {
      sigmoid: "sigmoid",
      ...activationNames,
    } as const);
    reader.phrase("formula", /^\(act\(x Wgate\) \* \(x Wup\)\) Wdown/);
    reader.sizes({ dModel, dFF });
    const cotangent = reader.optionalInput("cotangent");

    return () => {
      const ffn = new GatedFeedForward({ dModel, dFF, activation, bias, rng: new Rng(1) });
      return evaluate(reader.golden, {
        module: ffn,
        weights,
        inputs: { x },
        cotangent,
        forward: (inputs) => ({ output: ffn.forward(inputs.x!) }),
      });
    };
  },
};
