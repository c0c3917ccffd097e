import { RMSNorm } from "@tx/norm";
import { evaluate } from "../evaluate";
import type { Kind } from "../kind";
import { normWeights } from "../weights";
import { axis, hinted, inputsAre, weightsAre } from "./shape-of-case";

/** Root mean square normalisation over the last axis. */
export const rmsNorm: Kind = {
  name: "rms-norm",

  // The weights are those of LayerNorm without a bias, so the name or the source has to tell.
  matches: (golden) =>
    golden.package === "norm" &&
    inputsAre(golden, ["x"], ["cotangent"]) &&
    weightsAre(golden, ["weight"]) &&
    hinted(golden, /rms_?norm/i, /root mean square|rms_?norm/i),

  map(reader) {
    const x = reader.input("x");
    const weights = normWeights(reader, "", "");
    const eps = reader.number("eps", 1e-6);
    const width = axis(x, -1);
    reader.sizes({ dModel: width, width, features: width });
    reader.remarks("rows");
    const cotangent = reader.optionalInput("cotangent");

    return () => {
      const norm = new RMSNorm(width, { eps });
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
