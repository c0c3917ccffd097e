import {
  add,
  argMax,
  dispose,
  div,
  minimum,
  mul,
  type NamedTensorMap,
  randomUniform,
  sqrt,
  square,
  stack,
  sum,
  type Tensor,
  type Tensor2D,
  tidy,
  train,
  variableGrads,
} from "@tensorflow/tfjs-core";
import type { BenchConfig } from "../configs";
import type { Work } from "../peers/request";
import { stockAttentionOnce } from "./attention";
import { StockGpt } from "./gpt";

/** A piece of work in plain operations. @returns A function that gives milliseconds. */
export function stockWork(work: Work): () => Promise<number> {
  if (work.kind === "attention") return () => stockAttentionOnce(work.length);
  return work.kind === "step" ? steps(work.config) : generation(work.config);
}

/** Forward, backward, clipping to a global norm of 1 and Adam. */
function steps(config: BenchConfig): () => Promise<number> {
  const { batch, length, vocabSize } = config;
  const model = new StockGpt(config);
  const optimizer = train.adam(1e-3);
  return async () => {
    const tokens = randomUniform([batch, length + 1], 0, vocabSize, "int32") as Tensor2D;
    const started = performance.now();
    const loss = tidy(() => {
      const { value, grads } = variableGrads(() => model.loss(tokens));
      optimizer.applyGradients(clipped(grads));
      return value;
    });
    await loss.data();
    const taken = performance.now() - started;
    dispose([loss, tokens]);
    return taken;
  };
}

/** Gradients scaled down to a global norm of 1, by the names of their variables. */
export function clipped(gradients: NamedTensorMap): { name: string; tensor: Tensor }[] {
  const squares = Object.values(gradients).map((gradient) => sum(square(gradient)));
  const scale = minimum(div(1, add(sqrt(sum(stack(squares))), 1e-6)), 1);
  return Object.entries(gradients).map(([name, gradient]) => ({
    name,
    tensor: mul(gradient, scale),
  }));
}

/** What fits the model after a prompt of one token, with a cache. */
function generation(config: BenchConfig): () => Promise<number> {
  const { length, vocabSize } = config;
  const model = new StockGpt(config);
  return async () => {
    const cache: Parameters<StockGpt["next"]>[2] = [];
    let token = Math.floor(Math.random() * vocabSize);
    const started = performance.now();
    for (let position = 0; position < length - 1; position++) {
      const chosen = tidy((): Tensor => argMax(model.next(token, position, cache), -1));
      token = (await chosen.data())[0]!;
      chosen.dispose();
    }
    const taken = performance.now() - started;
    for (const { key, value } of cache) dispose([key, value]);
    return taken;
  };
}
