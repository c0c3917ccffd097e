import { mean, square, sub, type Tensor2D, tensor2d } from "@tensorflow/tfjs-core";
import {
  decodeSafetensors,
  encodeSafetensors,
  Linear,
  Module,
  normal,
  Rng,
  registerGradients,
  toHost,
} from "@tx/core";
import { descend } from "../descend";

class Two extends Module {
  readonly rng = new Rng(3);
  readonly first = new Linear(2, 3, { init: normal(0.5, this.rng) });
  readonly second = new Linear(3, 2, { init: normal(0.5, this.rng) });
  forward(x: Tensor2D): Tensor2D {
    return this.second.forward(this.first.forward(x));
  }
}

export async function use(): Promise<void> {
  registerGradients();
  const model = new Two();
  const x = tensor2d([1, 2, 3, 4], [2, 2]);
  descend(model.parameters().values(), () => mean(square(sub(model.forward(x), x))), 0.01);
  const kernel = await toHost(model.first.kernel);
  const { tensors } = decodeSafetensors(encodeSafetensors(new Map([["kernel", kernel]])));
  if (String(tensors.get("kernel")?.data) !== String(kernel.data)) {
    throw new Error("expected the kernel that was written");
  }
}
