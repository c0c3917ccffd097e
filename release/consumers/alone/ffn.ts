import { mean, square, sub, tensor2d } from "@tensorflow/tfjs-core";
import { Rng, registerGradients } from "@tx/core";
import { GatedFeedForward } from "@tx/ffn";
import { descend } from "../descend";

export async function use(): Promise<void> {
  registerGradients();
  const ffn = new GatedFeedForward({ dModel: 3, dFF: 5, rng: new Rng(2) });
  const x = tensor2d([1, 2, 3, 4, 5, 7], [2, 3]);
  descend(ffn.parameters().values(), () => mean(square(sub(ffn.forward(x), x))));
}
