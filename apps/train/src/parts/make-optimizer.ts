import type { Variable } from "@tensorflow/tfjs-core";
import { Adafactor, Adam, AdamW, Lion, type Optimizer, Sgd } from "@tx/training";
import type { PartOptions } from "./part";

type Make = new (options: {
  parameters: ReadonlyMap<string, Variable>;
  weightDecay: number;
}) => Optimizer;

const makers: Readonly<Record<string, Make>> = {
  adamw: AdamW,
  adam: Adam,
  sgd: Sgd,
  lion: Lion,
  adafactor: Adafactor,
};

/** @throws RangeError if an option makes no sense. */
export function makeOptimizer(
  name: string,
  settings: { parameters: ReadonlyMap<string, Variable>; weightDecay: number },
  options: PartOptions,
): Optimizer {
  return new makers[name]!({ ...settings, ...options });
}
