export { type CrossEntropyOptions, softmaxCrossEntropy } from "@tx/ops";
export { Adam, type AdamOptions, AdamW } from "./adam";
export { causalLoss } from "./causal-loss";
export { type Clipped, clipByGlobalNorm, clipCoefficient, globalNorm } from "./clip";
export * from "./data";
export type { Optimizer } from "./optimizer";
export {
  createTrainStep,
  type RateOfStep,
  type StepResult,
  type TrainStepOptions,
} from "./train-step";
export {
  disposeGradients,
  type ValueAndGradients,
  valueAndGradients,
} from "./value-and-gradients";
