export { type CrossEntropyOptions, softmaxCrossEntropy } from "@tx/ops";
export { Adafactor, type AdafactorOptions } from "./adafactor";
export { Adam, type AdamOptions, AdamW } from "./adam";
export { causalLoss } from "./causal-loss";
export { type Clipped, clipByGlobalNorm, clipCoefficient, globalNorm } from "./clip";
export type { DecayRule } from "./decay";
export { Lion, type LionOptions } from "./lion";
export type { Optimizer } from "./optimizer";
export { Sgd, type SgdOptions } from "./sgd";
export type { SlotOptimizerOptions } from "./slot-optimizer";
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
