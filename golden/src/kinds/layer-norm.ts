import { LayerNorm } from "@tx/norm";
import { evaluate } from "../evaluate";
import type { Kind } from "../kind";
import { agreedBias, normWeights } from "../weights";
import { axis, inputsAre, weightsAre } from "./shape-of-case";

/** torch.nn.functional.layer_norm over the last axis. */
export const layerNorm: Kind = {
  name: "layer-norm",

  // Without a bias the weights are RMSNorm's too, and the name or the source has to tell.
  matches: (golden) =>
    golden.package === "norm" &&
    inputsAre(golden, ["x"], ["cotangent"]) &&
    weightsAre(golden, ["weight"], ["bias"]) &&
    (Object.hasOwn(golden.weights, "bias") ||
      /layer_?norm/i.test(`${golden.name} ${golden.source}`)),

  map(reader) {
    const x = reader.input("x");
    const weights = normWeights(reader, "", "");
    const bias = agreedBias(reader, weights.length === 2);
    const eps = reader.number("eps", 1e-5);
    reader.remarks("rows");
    const width = axis(x, -1);
    reader.sizes({ dModel: width, width, features: width });
    const cotangent = reader.optionalInput("cotangent");

    return () => {
      const norm = new LayerNorm(width, { eps, bias });
      return evaluate(reader.golden, {
        module: norm,
        weights,
        inputs: { x },
        cotangent,
        forward: (inputs) => ({ output: norm.forward(inputs.x!) }),
      });
    };
  },
};
