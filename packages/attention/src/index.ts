export { type AttentionOptions, attention, attentionWeights } from "@tx/ops";
export { KeyValueCache, type KeyValueCacheOptions } from "./key-value-cache";
export { type MaskPicture, maskToText } from "./mask-to-text";
export { and, causal, dense, disposeMask, padding, paddingFromIds } from "./masks";
export {
  type AttendOptions,
  type AttendResult,
  MultiHeadAttention,
  type MultiHeadAttentionOptions,
} from "./multi-head-attention";
