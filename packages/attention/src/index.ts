export { type AttentionOptions, attention, attentionWeights } from "@tx/ops";
export { and } from "./and";
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
export {
  type AttendOptions,
  type AttendResult,
  MultiHeadAttention,
  type MultiHeadAttentionOptions,
} from "./multi-head-attention";
