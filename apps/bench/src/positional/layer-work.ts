import { dispose, mean, randomNormal, square, type Tensor3D, tidy } from "@tensorflow/tfjs-core";
import { causal, MultiHeadAttention } from "@tx/attention";
import { Module, type Positional, Rng, spanOf } from "@tx/core";
import { AdamW, createTrainStep } from "@tx/training";
import type { BenchConfig } from "../configs";
import { strategies } from "./strategies";

/** One attention layer with a positional strategy. */
class PositionedAttention extends Module {
  constructor(
    readonly attention: MultiHeadAttention,
    readonly positional: Positional,
  ) {
    super();
  }

  /** [batch, seq, dModel] to the same. */
  forward(x: Tensor3D): Tensor3D {
    const { attention, positional } = this;
    return tidy(() => {
      const embedded = positional.embed?.(x, spanOf(x.shape[1])) ?? x;
      return attention.forward(embedded, { mask: causal(), positional });
    });
  }
}

/** A layer's work; each call gives milliseconds. */
export interface LayerWork {
  forward(): Promise<number>;
  /** Forward, backward and AdamW. */
  step(): Promise<number>;
  dispose(): void;
}

/** A layer of a config's sizes with one of the strategies. */
export function layerWork(strategy: keyof typeof strategies, config: BenchConfig): LayerWork {
  const { batch, length, dModel, heads } = config;
  const rng = new Rng(1);
  const sizes = { dModel, heads, headDim: dModel / heads, maxLen: length, rng };
  const attention = new MultiHeadAttention({ dModel, heads, bias: false, rng });
  const layer = new PositionedAttention(attention, strategies[strategy]!(sizes)).train();
  const optimizer = new AdamW({ parameters: layer.parameters() });
  const train = createTrainStep({
    ...{ model: layer, optimizer, schedule: () => 1e-3 },
    loss: (x: Tensor3D) => mean(square(layer.forward(x))),
  });
  const input = (): Tensor3D => randomNormal([batch, length, dModel]);
  return {
    forward: async () => {
      const x = input();
      const started = performance.now();
      const sum = tidy(() => mean(layer.forward(x)));
      await sum.data();
      const taken = performance.now() - started;
      dispose([x, sum]);
      return taken;
    },
    step: async () => {
      const x = input();
      const started = performance.now();
      const { loss, gradientNorm } = train(x);
      await loss.data();
      const taken = performance.now() - started;
      dispose([x, loss, gradientNorm]);
      return taken;
    },
    dispose: () => {
      optimizer.dispose();
      layer.dispose();
    },
  };
}
