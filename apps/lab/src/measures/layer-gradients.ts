import { type Scalar, stack, type Tensor, tidy } from "@tensorflow/tfjs-core";
import type { Module } from "@tx/core";
import { disposeGradients, globalNorm, valueAndGradients } from "@tx/training";

/**
 * The norm of the gradient of all that a block learns, block after block from the input on.
 *
 * @param loss A scalar that depends on all blocks.
 */
export async function layerGradients(model: Module, loss: () => Scalar): Promise<number[]> {
  const { value, gradients } = valueAndGradients(loss, model.parameters());
  value.dispose();
  const layers: Map<string, Tensor>[] = [];
  for (const [path, gradient] of gradients) {
    const layer = /(?:^|\.)blocks\.(\d+)\./.exec(path)?.[1];
    if (layer === undefined) continue;
    layers[Number(layer)] ??= new Map();
    layers[Number(layer)]!.set(path, gradient);
  }
  const norms = tidy(() => stack(layers.map((gradients) => globalNorm(gradients))));
  disposeGradients(gradients);
  try {
    return [...(await norms.data())];
  } finally {
    norms.dispose();
  }
}
