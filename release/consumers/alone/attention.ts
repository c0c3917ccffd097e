import { mean, type Scalar, square, sub, tensor3d } from "@tensorflow/tfjs-core";
import { causal, MultiHeadAttention } from "@tx/attention";
import { Rng, registerGradients } from "@tx/core";
import { descend } from "../descend";

export async function use(): Promise<void> {
  const attention = new MultiHeadAttention({ dModel: 4, heads: 2, rng: new Rng(5) });
  const x = tensor3d([1, 2, 3, 4, 5, 7, 1, 2, 3, 5, 8, 9], [1, 3, 4]);
  const loss = (): Scalar => mean(square(sub(attention.forward(x, { mask: causal() }), x)));
  const train = () => descend(attention.parameters().values(), loss, 0.01);
  const told = messageOf(train);
  if (!told?.includes("registerGradients()")) {
    throw new Error(`expected to be told what to call for gradients, got ${told}`);
  }
  registerGradients();
  train();
}

function messageOf(run: () => void): string | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
