export type { BatchOptions } from "./batch-options";
export { Batches, type BatchesState, type BatchSource } from "./batches";
export { type BucketBatch, type BucketBatchesOptions, bucketBatches } from "./bucket-batches";
export { type CausalBatchesOptions, causalBatches } from "./causal-batches";
export { type IntRows, rowsTensor, takeRows } from "./int-rows";
export { type MaskedTokens, type MaskTokensOptions, maskTokens } from "./mask-tokens";
export {
  type PackedPiece,
  type PackedRows,
  type PackOptions,
  packDocuments,
} from "./pack-documents";
export { type PaddedRows, type PadOptions, padRows } from "./pad-rows";
export { rowBatches } from "./row-batches";
export type { TokenList } from "./token-list";
export {
  CharTokenizer,
  type CharTokenizerConfig,
  type CharTokenizerOptions,
} from "./tokenizer/char-tokenizer";
export type { Tokenizer } from "./tokenizer/tokenizer";
