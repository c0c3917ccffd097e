import { ScaleNorm } from "@tx/norm";
import { evaluate } from "../evaluate";
import type { Kind } from "../kind";
import { plainWeight } from "../weights";
import { axis, inputsAre, weightsAre } from "./shape-of-case";

/** Rows stretched to one learned length. */
export const scaleNorm: Kind = {
  name: "scale-norm",

  matches: (golden) =>
    golden.package === "norm" &&
    inputsAre(golden, ["x"], ["cotangent"]) &&
    weightsAre(golden, ["g"]),

  map(reader) {
    const x = reader.input("x");
    const weights = [plainWeight(reader, "g", "g")];
    const eps = reader.number("eps", 1e-5);
    const width = axis(x, -1);
    reader.sizes({ dModel: width, width, features: width });
    reader.remarks("rows");
    const cotangent = reader.optionalInput("cotangent");

    return () => {
      const norm = new ScaleNorm(width, { eps });
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
