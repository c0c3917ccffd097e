import { gather, type Tensor2D, type Tensor3D } from "@tensorflow/tfjs-core";
import { Rng } from "@tx/core";
import { type BeamText, generate, generateBeams, type NextTokenModel } from "@tx/model";
import type { Kind } from "../kind";
import { floats } from "../tensors";
import { axis, holds, inputsAre, weightsAre } from "./shape-of-case";

/** Beam search and greedy search where the next token's logits are a table's row by the last. */
export const beamSearchOfTable: Kind = {
  name: "beam-search",

  matches: (golden) =>
    golden.package === "model" &&
    inputsAre(golden, ["logits"]) &&
    weightsAre(golden, []) &&
    holds(golden, "config", "beams", "alphas"),

  map(reader) {
    const table = reader.input("logits");
    const [bos, endToken] = [reader.number("bos"), reader.number("eos")];
    const [beams, maxNewTokens] = [reader.number("beams"), reader.number("maxNewTokens")];
    const alphas = reader.numbers("alphas");
    const padding = reader.number("padding", -1);
    reader.phrase(
      "score",
      /^log P \/ \(\(5 \+ n\) \/ 6\)\^alpha; n counts the new tokens with the end, without bos$/,
    );
    reader.phrase("table", /^logits\[previous, next\]; log P by log-softmax of a row$/);
    const padded = (ids: readonly number[]) =>
      Array.from({ length: maxNewTokens }, (_, n) => ids[n] ?? padding);
    const all = { maxNewTokens, endToken };

    return async () => {
      const logits = floats<Tensor2D>(table);
      try {
        const model = modelOf(logits, axis(table, 1), maxNewTokens + 1);
        const greedy = await generate(model, [bos], { ...all, temperature: 0, rng: new Rng(1) });
        const outputs: Record<string, number[]> = { greedy: padded(greedy) };
        for (const alpha of alphas) {
          const found = await generateBeams(model, [bos], { ...all, beams, lengthPenalty: alpha });
          Object.assign(outputs, outputsOf(found, nameOf(alpha), padded));
        }
        return { outputs };
      } finally {
        logits.dispose();
      }
    };
  },
};

/** A model that looks at the last token only and remembers nothing. */
function modelOf(table: Tensor2D, vocabSize: number, maxLen: number): NextTokenModel {
  return {
    ...{ vocabSize, maxLen },
    forward: (ids) => gather(table, ids) as Tensor2D as unknown as Tensor3D,
    newCaches: () => [],
  };
}

function outputsOf(
  found: readonly BeamText[],
  name: string,
  padded: (ids: readonly number[]) => number[],
): Record<string, number[]> {
  return {
    [`sequences_${name}`]: found.flatMap(({ ids }) => padded(ids)),
    [`log_probabilities_${name}`]: found.map(({ logProbability }) => logProbability),
    [`scores_${name}`]: found.map(({ score }) => score),
  };
}

/** As the cases name it: 0.6 is "alpha_0_6" and 1 is "alpha_1_0". */
const nameOf = (alpha: number) =>
  `alpha_${(Number.isInteger(alpha) ? alpha.toFixed(1) : String(alpha)).replace(".", "_")}`;
