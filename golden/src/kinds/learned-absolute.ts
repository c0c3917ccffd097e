import type { Tensor3D } from "@tensorflow/tfjs-core";
import { Embedding, Module, Rng, spanOf, zeros } from "@tx/core";
import { type Learned, learned } from "@tx/positional";
import { evaluate } from "../evaluate";
import type { Kind } from "../kind";
import { ints } from "../tensors";
import { plainWeight } from "../weights";
import { axis, inputsAre, weightsAre } from "./shape-of-case";

/** Token embeddings plus learned positions from an offset. */
export const learnedAbsolute: Kind = {
  name: "learned-absolute",

  matches: (golden) =>
    inputsAre(golden, ["ids"], ["cotangent"]) &&
    weightsAre(golden, ["token_embedding.weight", "position_embedding.weight"]),

  map(reader) {
    const ids = reader.input("ids");
    const weights = [
      plainWeight(reader, "tokens.table", "token_embedding.weight"),
      plainWeight(reader, "positions.embedding.table", "position_embedding.weight"),
    ];
    const [vocabSize, dModel] = reader.weight("token_embedding.weight").shape as [number, number];
    const maxLength = axis(reader.weight("position_embedding.weight"), 0);
    reader.sizes({ vocabSize, dModel, maxLength });
    const offset = reader.number("offset", 0);
    const cotangent = reader.optionalInput("cotangent");

    return () => {
      const module = new Embeddings(vocabSize, maxLength, dModel);
      const length = axis(ids, 1);
      return evaluate(reader.golden, {
        module,
        weights,
        cotangent,
        forward: () => {
          const x = module.tokens.forward<Tensor3D>(ints(ids));
          return { output: module.positions.embed(x, spanOf(length, length, offset)) };
        },
      });
    };
  },
};

class Embeddings extends Module {
  readonly tokens: Embedding;
  readonly positions: Learned;

  constructor(vocabSize: number, maxLen: number, dModel: number) {
    super();
    this.tokens = new Embedding(vocabSize, dModel, { init: zeros });
    this.positions = learned({ maxLen, dModel, rng: new Rng(1), init: zeros });
  }
}
