export {
  type BeamSearchOptions,
  type BeamStep,
  type BeamText,
  beamSearch,
} from "./beam-search";
export { Block, type BlockOptions } from "./block";
export { CausalLanguageModel, type CausalLanguageModelParts } from "./causal-language-model";
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
export type { NextTokenModel } from "./next-token-model";
export { penalizeRepetition } from "./repetition-penalty";
export { type SampleOptions, sample } from "./sample";
export { type FilterOptions, filteredProbabilities } from "./sampling-filters";
