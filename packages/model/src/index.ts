export {
  type BeamSearchOptions,
  type BeamStep,
  type BeamText,
  beamSearch,
} from "./beam-search";
export { Block, type BlockCall, type BlockParts, type FeedForwardPart } from "./block";
export { CausalLanguageModel, type CausalLanguageModelParts } from "./causal-language-model";
export { decodeModel, encodeModel } from "./checkpoint";
export { type DecodeOptions, Decoder, type DecoderParts, type NewCachesOptions } from "./decoder";
export { type EncodeOptions, Encoder, type EncoderParts } from "./encoder";
export { EncoderDecoder, type EncoderDecoderOptions } from "./encoder-decoder";
export {
  type BatchToken,
  type GenerateOptions,
  generate,
  generateBatch,
  generateBatchStream,
  generateStream,
  type StreamOptions,
} from "./generate";
export { type GenerateBeamsOptions, generateBeams } from "./generate-beams";
export type { TextOptions } from "./generate-options";
export { type GptConfig, type GptOptions, gpt } from "./gpt";
export type { Inspection } from "./inspection";
export type { NextTokenModel } from "./next-token-model";
export { type NormName, type NormOptions, normMaker } from "./norm-of";
export { penalizeRepetition } from "./repetition-penalty";
export {
  type Norm,
  needsFinalNorm,
  Residual,
  type ResidualOptions,
  type ResidualPolicy,
  residualPolicies,
  type Sublayer,
} from "./residual";
export { type SampleOptions, sample } from "./sample";
export { type FilterOptions, filteredProbabilities } from "./sampling-filters";
export type { SegmentOptions, SegmentResult } from "./segment";
export {
  type BlockBias,
  type BlockDropout,
  type StandardBlockOptions,
  standardBlock,
} from "./standard-block";
export { StochasticDepth } from "./stochastic-depth";
