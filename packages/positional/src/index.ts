export { Alibi, alibi, alibiSlopes } from "./alibi";
export { Axial, type AxialOptions, axial } from "./axial";
export type { AxialLayoutOptions } from "./axial-layout";
export { Combined, combined } from "./combined";
export { positionalFromJSON } from "./from-json";
export { Learned, type LearnedOptions, type LearnedResizeOptions, learned } from "./learned";
export { Nope, nope } from "./nope";
export { PerLayer, perLayer } from "./per-layer";
export { documentPositions, visiblePositions } from "./position-ids";
export type { ResizeMethod } from "./resize-table";
export { Rope, type RopeOptions, rope } from "./rope";
export { Shaw, type ShawOptions, shaw } from "./shaw";
export { Sinusoidal, type SinusoidalOptions, sinusoidal } from "./sinusoidal";
export {
  type SinusoidalLayout,
  type SinusoidalTableOptions,
  sinusoidalOf,
  sinusoidalTable,
} from "./sinusoidal-table";
export { T5Bias, type T5BiasOptions, t5Bias } from "./t5";
export { type T5BucketOptions, t5Bucket } from "./t5-bucket";
export {
  TrainedSinusoidal,
  type TrainedSinusoidalOptions,
  trainedSinusoidal,
} from "./trained-sinusoidal";
export {
  TransformerXL,
  TransformerXLLayer,
  type TransformerXLOptions,
  transformerXL,
} from "./transformer-xl";
