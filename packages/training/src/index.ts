export { type CrossEntropyOptions, softmaxCrossEntropy } from "@tx/ops";
export { accumulateGradients, countTargets, type MicroBatch } from "./accumulate-gradients";
export { Adafactor, type AdafactorOptions } from "./adafactor";
export { Adam, type AdamOptions, AdamW } from "./adam";
export { causalLoss } from "./causal-loss";
export { type CheckpointOptions, checkpointed } from "./checkpointed";
export {
  type Clipped,
  clipByGlobalNorm,
  clipCoefficient,
  clipGradientsByValue,
  globalNorm,
} from "./clip";
export * from "./data";
export type { DecayRule } from "./decay";
export { decodeRun } from "./decode-run";
export { EmaWeights, type EmaWeightsOptions } from "./ema-weights";
export { encodeRun } from "./encode-run";
export { Lion, type LionOptions } from "./lion";
export { mlmLoss } from "./mlm-loss";
export type { Optimizer } from "./optimizer";
export { bitsPerCharacter, perplexity } from "./perplexity";
export type { Json } from "./plain-json";
export { restoreRun } from "./restore-run";
export type { Run, SavedRun } from "./run";
export { type Seq2seqLossOptions, seq2seqLoss } from "./seq2seq-loss";
export { Sgd, type SgdOptions } from "./sgd";
export type { SlotOptimizerOptions } from "./slot-optimizer";
export { type StepReport, TrainLoop, type TrainLoopOptions } from "./train-loop";
export {
  createTrainStep,
  type RateOfStep,
  type StepResult,
  type TrainStep,
  type TrainStepOptions,
} from "./train-step";
export {
  disposeGradients,
  type ValueAndGradients,
  valueAndGradients,
} from "./value-and-gradients";
