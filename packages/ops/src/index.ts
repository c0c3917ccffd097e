export {
  type AdamWInputs,
  type AdamWOutputs,
  type AdamWUpdateOptions,
  adamWUpdate,
} from "./adam-w/adam-w-update";
export { type AttentionOptions, attention, attentionWeights } from "./attention/attention";
export type { Mask, ScoreSizes } from "./attention/mask";
export {
  type CrossEntropyOptions,
  softmaxCrossEntropy,
} from "./cross-entropy/softmax-cross-entropy";
export { type DropoutOptions, dropout } from "./dropout/dropout";
export { dropoutScales, randomBits } from "./dropout/random-bits";
export { embeddingLookup } from "./embedding-lookup/embedding-lookup";
export { gelu } from "./gelu/gelu";
export type { GeluForm } from "./gelu/reference";
export { registerGradients } from "./gradients";
export { layerNorm } from "./layer-norm/layer-norm";
export { linear } from "./linear/linear";
export { matMul } from "./mat-mul/mat-mul";
export type { MatMulOptions } from "./mat-mul/reference";
export { type KernelAttributes, runKernelOr } from "./run-kernel";
export { checkShapes, ShapeError } from "./shapes";
