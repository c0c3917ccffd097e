import { slice, type Tensor2D } from "@tensorflow/tfjs-core";
import { causalLoss } from "@tx/training";
import { evaluate } from "../evaluate";
import type { Kind } from "../kind";
import { ints } from "../tensors";
import { isGpt, readGpt } from "./gpt-of-case";
import { inputsAre } from "./shape-of-case";

/** A GPT's logits and next-token loss, and the gradient of the loss by every weight. */
export const gptLoss: Kind = {
  name: "gpt",

  matches: (golden) =>
    isGpt(golden) && inputsAre(golden, ["tokens"]) && golden.inputs.tokens?.shape.length === 2,

  map(reader) {
    const tokens = reader.input("tokens");
    const { weights, create } = readGpt(reader);
    reader.phrase("gradientOf", /^output \(the mean loss\)$/);

    return () => {
      const model = create();
      return evaluate(reader.golden, {
        module: model,
        weights,
        forward: () => {
          const ids: Tensor2D = ints(tokens);
          const [batch, length] = ids.shape;
          return {
            logits: model.forward(slice(ids, [0, 0], [batch, length - 1])),
            output: causalLoss((inputs) => model.forward(inputs), ids),
          };
        },
      });
    };
  },
};
