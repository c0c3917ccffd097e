import { causalLoss } from "@tx/training";
import type { Kind } from "../kind";
import { isGpt, readGpt } from "./gpt-of-case";
import { inputsAre } from "./shape-of-case";
import { readTraining } from "./training-of-case";

/** Training steps of a GPT from given weights on given tokens. */
export const trajectory: Kind = {
  name: "trajectory",

  matches: (golden) =>
    isGpt(golden) && inputsAre(golden, ["tokens"]) && golden.inputs.tokens?.shape.length === 3,

  map(reader) {
    const { weights, create } = readGpt(reader);
    const train = readTraining(reader, weights, [reader.input("tokens")]);
    reader.phrase("batch", /^tokens\[step\]; inputs are \[:, :-1\], targets \[:, 1:\]$/);
    reader.phrase("loss", /^mean cross-entropy$/);

    return () =>
      train({
        create,
        loss: (model, [tokens]) => causalLoss((ids) => model.forward(ids), tokens!),
      });
  },
};
