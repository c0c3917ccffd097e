export {
  type AdamWInputs,
  type AdamWOutputs,
  type AdamWUpdateOptions,
  adamWUpdate,
} from "./adam-w/adam-w-update";
export { allowedKeys } from "./attention/allowed-keys";
export { type AttentionOptions, attention } from "./attention/attention";
export { attentionWeights } from "./attention/attention-weights";
export type { AttentionLayout } from "./attention/call";
export { checkBroadcast, type Mask, type ScoreSizes } from "./attention/mask";
export { type CachedAttentionOptions, cachedAttention } from "./cached-attention/cached-attention";
export { compileAhead } from "./compile-ahead";
export {
  type CrossEntropyOptions,
  softmaxCrossEntropy,
} from "./cross-entropy/softmax-cross-entropy";
export { cumsumFromEnd } from "./cumsum/cumsum-from-end";
export { detach } from "./detach";
export { type DropoutOptions, dropout } from "./dropout/dropout";
export {
  type DropoutConstants,
  dropoutConstants,
  dropoutScales,
  randomBits,
} from "./dropout/random-bits";
export { embeddingLookup } from "./embedding-lookup/embedding-lookup";
export { type FeedForwardEpilogue, feedForward } from "./feed-forward/feed-forward";
export { floatsOf } from "./floats-of";
export { gated } from "./gated/gated";
export type { GateActivation } from "./gated/reference";
export { gelu } from "./gelu/gelu";
export type { GeluForm } from "./gelu/reference";
export { clipCoefficient } from "./global-norm/clip-coefficient";
export { globalNorm } from "./global-norm/global-norm";
export { explainMissingGradients, registerGradients } from "./gradients";
export { layerNorm } from "./layer-norm/layer-norm";
export { activatedLinear, type LinearActivation } from "./linear/activated-linear";
export { type LinearEpilogue, linear } from "./linear/linear";
export { type LinearWeights, linears } from "./linear/linears";
export { type MaskedSoftmaxOptions, maskedSoftmax } from "./masked-softmax/masked-softmax";
export { matMul } from "./mat-mul/mat-mul";
export type { MatMulOptions } from "./mat-mul/reference";
export { rmsNorm } from "./rms-norm/rms-norm";
export type { RotaryPairing } from "./rotary/reference";
export { rotary } from "./rotary/rotary";
export { type KernelAttributes, runKernelOr } from "./run-kernel";
export { checkShapes, ShapeError } from "./shapes";
export { silu } from "./silu/silu";
export { skew, unskew } from "./skew/skew";
export { viewAs } from "./view-as";
export { type WriteRowsOptions, writeRows } from "./write-rows/write-rows";
