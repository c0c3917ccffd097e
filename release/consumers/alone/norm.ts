import { mean, square, sub, tensor2d } from "@tensorflow/tfjs-core";
import { registerGradients } from "@tx/core";
import { RMSNorm } from "@tx/norm";
import { descend } from "../descend";

export async function use(): Promise<void> {
  registerGradients();
  const norm = new RMSNorm(3);
  const x = tensor2d([1, 2, 3, 4, 5, 7], [2, 3]);
  descend(norm.parameters().values(), () => mean(square(sub(norm.forward(x), x))));
}
