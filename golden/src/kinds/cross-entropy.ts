import { softmaxCrossEntropy } from "@tx/ops";
import { evaluate } from "../evaluate";
import type { Kind } from "../kind";
import { ints } from "../tensors";
import { axis, inputsAre, weightsAre } from "./shape-of-case";

/** torch.nn.CrossEntropyLoss: ignored targets, label smoothing, z-loss, mean, sum and each. */
export const crossEntropy: Kind = {
  name: "cross-entropy",

  matches: (golden) =>
    inputsAre(golden, ["logits", "targets"], ["cotangent"]) && weightsAre(golden, []),

  map(reader) {
    const logits = reader.input("logits");
    const targets = reader.input("targets");
    const options = {
      ignoreIndex: reader.number("ignoreIndex", -100),
      labelSmoothing: reader.number("labelSmoothing", 0),
      zLoss: reader.number("zLoss", 0),
    };
    const classes = axis(logits, -1);
    reader.sizes({ classes, vocabSize: classes });
    const reduction = reader.choice(
      "reduction",
      { "mean over kept targets": "mean", mean: "mean", sum: "sum", none: "none" } as const,
      "mean",
    );
    reader.phrase("smoothed", /^\(1-s\) \* nll \+ s\/V \* sum over all V classes of -log p$/);
    reader.phrase("gradientOf", /^output\b/);
    const cotangent = reader.optionalInput("cotangent");

    return () =>
      evaluate(reader.golden, {
        inputs: { logits },
        cotangent,
        forward: (inputs) => {
          const loss = (reduction: "mean" | "sum" | "none") =>
            softmaxCrossEntropy(inputs.logits!, ints(targets), { ...options, reduction });
          return { output: loss(reduction), loss_sum: loss("sum"), loss_each: loss("none") };
        },
      });
  },
};
