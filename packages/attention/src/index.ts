export { type AttentionOptions, attention, attentionWeights } from "@tx/ops";
export { AdditiveScore, type AdditiveScoreOptions, additive } from "./additive-score";
export { and } from "./and";
export {
  type AttendHeadsOptions,
  type AttendHeadsResult,
  attendHeads,
  checkComposes,
} from "./attend-heads";
export { CosineScore, type CosineScoreOptions, cosine } from "./cosine-score";
export { KeyValueCache, type KeyValueCacheOptions } from "./key-value-cache";
export { type MaskPicture, maskToText } from "./mask-to-text";
export {
  causal,
  causalWindow,
  dense,
  disposeMask,
  documents,
  documentsFromIds,
  padding,
  paddingFromIds,
  prefix,
  symmetricWindow,
  window,
} from "./masks";
export { MultiHeadAttention } from "./multi-head-attention";
export type {
  AttendOptions,
  AttendResult,
  MultiHeadAttentionOptions,
  Projection,
} from "./multi-head-attention-options";
export { keyValuesOf, newCache } from "./new-cache";
export type { HeadNorm, QueryKeyNorm } from "./query-key-norm";
export { type ScaledDotProductOptions, scaledDotProduct } from "./scaled-dot-product";
export type { ScoreFunction, ScorePart } from "./score-function";
export type { TokenFacts } from "./token-facts";
