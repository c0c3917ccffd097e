import { dispose, type Tensor4D, tensor2d } from "@tensorflow/tfjs-core";
import { type Induced, inducedBy } from "@tx/positional";
import type { Config } from "../config/config";
import type { Model } from "../parts/build-model";
import type { Task } from "../tasks/task";

/** Numbers of a trained model to look at. */
export interface ModelView {
  /** Weights of attention on an example, [layers][heads][queries][keys]. */
  readonly attention: readonly (readonly (readonly (readonly number[])[])[])[];
  /** The example's tokens. */
  readonly labels: readonly string[];
  /** What positions do, in the first layer; null where they cannot be looked at alone. */
  readonly induced: Induced | null;
}

/** Tokens of the example, and positions that are looked at. */
const LENGTH = 24;

/** Looks at a model's attention on an example of the task, and at its positions. */
export async function viewOf(model: Model, config: Config, task: Task): Promise<ModelView> {
  const { ids, labels } = task.example(LENGTH);
  const input = tensor2d(ids, [1, ids.length], "int32");
  const seen: { attention: Tensor4D[] } = { attention: [] };
  const logits = model.forward(input, undefined, undefined, seen);
  try {
    const attention: number[][][][] = [];
    for (const weights of seen.attention) attention.push((await weights.array())[0]!);
    return { attention, labels, induced: await inducedOf(model, config) };
  } finally {
    dispose([input, logits, ...seen.attention]);
  }
}

async function inducedOf({ positional }: Model, config: Config): Promise<Induced | null> {
  if (!positional) return null;
  const { dModel, heads } = config;
  const length = Math.min(LENGTH, positional.maxLen ?? LENGTH);
  try {
    return await inducedBy(positional, { dModel, heads, headDim: dModel / heads, length });
  } catch {
    // A strategy of one's own may need more than places to show what it does.
    return null;
  }
}
