export {
  type BeamSearchOptions,
  type BeamStep,
  type BeamText,
  beamSearch,
} from "./beam-search";
export {
  type BertClassifierOptions,
  type BertConfig,
  type BertEncoderConfig,
  type BertOptions,
  type BertSequenceClassifierConfig,
  type BertTokenClassifierConfig,
  bert,
  bertEncoder,
  bertSequenceClassifier,
  bertSizes,
  bertTokenClassifier,
} from "./bert";
export { Block, type BlockCall, type BlockParts, type FeedForwardPart } from "./block";
export {
  CausalLanguageModel,
  type CausalLanguageModelParts,
  type SegmentLogits,
} from "./causal-language-model";
export { decodeModel, encodeModel } from "./checkpoint";
export { type LoadModelOptions, loadModel } from "./checkpoint/load-model";
export { type LoadTensorsOptions, loadTensors } from "./checkpoint/load-tensors";
export type { ConfiguredModel } from "./checkpoint/model-of-config";
export { modelToBlob, type SaveModelOptions } from "./checkpoint/model-to-blob";
export {
  type CheckpointSource,
  type OpenCheckpointOptions,
  openCheckpoint,
} from "./checkpoint/open-checkpoint";
export { type SaveTensorsOptions, saveTensors } from "./checkpoint/save-tensors";
export {
  changed,
  fused,
  inParts,
  reshaped,
  same,
  stacked,
  type TensorLink,
  transposed,
} from "./checkpoint/tensor-link";
export { ConditionedModel } from "./conditioned-model";
export { type DecodeOptions, Decoder, type DecoderParts, type NewCachesOptions } from "./decoder";
export { Embeddings, type EmbeddingsOptions, type EmbedOptions } from "./embeddings";
export { type EncodeOptions, Encoder, type EncoderParts } from "./encoder";
export { EncoderDecoder, type EncoderDecoderOptions } from "./encoder-decoder";
export {
  type DecodeTargetOptions,
  EncoderDecoderModel,
  type EncoderDecoderModelOptions,
  type EncoderDecoderModelParts,
  type EncodeSourceOptions,
} from "./encoder-decoder-model";
export { EncoderModel, type EncoderModelParts, type EncodeTokensOptions } from "./encoder-model";
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
export { type GptConfig, type GptOptions, gpt, gptSizes } from "./gpt";
export type { Head } from "./head";
export type { Inspection } from "./inspection";
export { type LlamaConfig, type LlamaOptions, llama, llamaSizes } from "./llama";
export { MaskedHead, type MaskedHeadOptions } from "./masked-head";
export { MaskedLanguageModel, type MaskedLanguageModelParts } from "./masked-language-model";
export {
  type ModelConfig,
  type ModelsByKind,
  modelFromConfig,
  modelKinds,
  type PresetModel,
} from "./model-from-config";
export type { NextTokenModel } from "./next-token-model";
export { type NormName, type NormOptions, normMaker } from "./norm-maker";
export { PooledEncoder, type PooledEncoderParts } from "./pooled-encoder";
export { Pooler, type PoolerOptions } from "./pooler";
export type { PositionalChoice } from "./preset";
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
export { SequenceClassifier, type SequenceClassifierParts } from "./sequence-classifier";
export {
  type BlockBias,
  type BlockDropout,
  type StandardBlockOptions,
  standardBlock,
} from "./standard-block";
export { StochasticDepth } from "./stochastic-depth";
export { type T5Config, type T5Options, t5, t5Sizes } from "./t5";
export { TiedHead, type TiedHeadOptions } from "./tied-head";
export { TokenClassifier, type TokenClassifierParts } from "./token-classifier";
export {
  type TransformerXLConfig,
  type TransformerXLModelOptions,
  transformerXL,
  transformerXLSizes,
} from "./transformer-xl";
export {
  type VanillaTransformerConfig,
  type VanillaTransformerOptions,
  vanillaTransformer,
  vanillaTransformerSizes,
} from "./vanilla-transformer";
