import { type Tensor2D, tensor1d, tensor2d, tidy, variable } from "@tensorflow/tfjs-core";
import { linear, registerGradients, rmsNorm, softmaxCrossEntropy } from "@tx/ops";
import { descend } from "../descend";

/** @tx/ops without anything of ours besides. */
export async function use(): Promise<void> {
  registerGradients();
  const kernel = tidy(() => variable(tensor2d([0.1, -0.2, 0.3, 0.4, 0.5, -0.6], [2, 3])));
  const x = tensor2d([1, 2, 3, 4], [2, 2]);
  const targets = tensor1d([0, 2], "int32");
  descend([kernel], () =>
    tidy(() =>
      softmaxCrossEntropy(linear(rmsNorm<Tensor2D>(x), kernel as unknown as Tensor2D), targets),
    ),
  );
}
