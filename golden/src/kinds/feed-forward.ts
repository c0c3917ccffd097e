import { Rng } from "@tx/core";
import { FeedForward } from "@tx/ffn";
import { evaluate } from "../evaluate";
import type { Kind } from "../kind";
import { commonBias, linearWeights } from "../weights";
import { inputsAre, weightsAre } from "./shape-of-case";

/** The case's names of activations and ours. */
export const activationNames = {
  relu: "relu",
  gelu: "gelu",
  gelu_erf: "gelu",
  gelu_tanh: "gelu-tanh",
  silu: "silu",
  swish: "silu",
  mish: "mish",
  squared_relu: "squared-relu",
  relu_squared: "squared-relu",
  relu2: "squared-relu",
} as const;

/** Two linear parts with an activation between. */
export const feedForward: Kind = {
  name: "feed-forward",

  matches: (golden) =>
    golden.package === "ffn" &&
    inputsAre(golden, ["x"], ["cotangent"]) &&
    weightsAre(golden, ["fc1.weight", "fc2.weight"], ["fc1.bias", "fc2.bias"]),

  map(reader) {
    const x = reader.input("x");
    const weights = [
      ...linearWeights(reader, "expand", "fc1"),
      ...linearWeights(reader, "contract", "fc2"),
    ];
    const bias = commonBias(reader, ["fc1", "fc2"]);
    const [dFF, dModel] = reader.weight("fc1.weight").shape as [number, number];
    const activation = reader.choice("activation", activationNames);
    reader.sizes({ dModel, dFF });
    const cotangent = reader.optionalInput("cotangent");

    return () => {
      const ffn = new FeedForward({ dModel, dFF, activation, bias, rng: new Rng(1) });
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
