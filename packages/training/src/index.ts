export { type CrossEntropyOptions, softmaxCrossEntropy } from "@tx/ops";
export { Adam, type AdamOptions, AdamW } from "./adam";
export { causalLoss } from "./causal-loss";
export { type Clipped, clipByGlobalNorm, clipCoefficient, globalNorm } from "./clip";
export { decodeRun } from "./decode-run";
export { encodeRun } from "./encode-run";
export { mlmLoss } from "./mlm-loss";
export type { Optimizer } from "./optimizer";
export type { Json } from "./plain-json";
export { restoreRun } from "./restore-run";
export type { Run, SavedRun } from "./run";
export { type Seq2seqLossOptions, seq2seqLoss } from "./seq2seq-loss";
export { type StepReport, TrainLoop, type TrainLoopOptions } from "./train-loop";
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
