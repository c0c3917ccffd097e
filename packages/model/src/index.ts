export { Block, type BlockOptions } from "./block";
export { CausalLanguageModel, type CausalLanguageModelParts } from "./causal-language-model";
export { decodeModel, encodeModel } from "./checkpoint";
export { type GenerateOptions, generate } from "./generate";
export { type GptConfig, type GptOptions, gpt } from "./gpt";
export { penalizeRepetition } from "./repetition-penalty";
export { type SampleOptions, sample } from "./sample";
export { type FilterOptions, filteredProbabilities } from "./sampling-filters";
