import { tensor2d } from "@tensorflow/tfjs-core";
import { Rng, registerGradients } from "@tx/core";
import { gpt } from "@tx/model";
import { softmaxCrossEntropy } from "@tx/ops";
import { descend } from "../descend";

export async function use(): Promise<void> {
  registerGradients();
  const model = gpt({ vocabSize: 5, maxLen: 6, layers: 1, heads: 2, dModel: 8, rng: new Rng(7) });
  const ids = tensor2d([[0, 1, 2]], [1, 3], "int32");
  const targets = tensor2d([[1, 2, 3]], [1, 3], "int32");
  descend(model.parameters().values(), () => softmaxCrossEntropy(model.forward(ids), targets));
}
