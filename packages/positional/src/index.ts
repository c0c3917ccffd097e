export { Alibi, type AlibiForm, type AlibiOptions, alibi, alibiSlopes } from "./alibi";
export { Axial, type AxialOptions, axial } from "./axial";
export type { AxialLayoutOptions } from "./axial-layout";
export { Combined, combined } from "./combined";
export { type ConvertRotaryPairingOptions, convertRotaryPairing } from "./convert-rotary-pairing";
export { Cope, type CopeOptions, cope } from "./cope";
export { Dape, type DapeOptions, dape } from "./dape";
export { Fire, type FireOptions, fire } from "./fire";
export { positionalFromJSON, positionalKinds } from "./from-json";
export { type Induced, type InducedOptions, inducedBy } from "./induced";
export { Kerple, type KerpleForm, type KerpleOptions, kerple } from "./kerple";
export { Learned, type LearnedOptions, type LearnedResizeOptions, learned } from "./learned";
export { Nope, nope } from "./nope";
export { PerLayer, perLayer } from "./per-layer";
export { documentPositions, visiblePositions } from "./position-ids";
export type { ResizeMethod } from "./resize-table";
export { Rope, rope } from "./rope";
export { type RopeFrequencies, ropeFrequencies, type ScaledRopeOptions } from "./rope-frequencies";
export type { RopeOptions } from "./rope-options";
export type { RopeScaling } from "./rope-scaling";
export { ScaledRope, scaledRope } from "./scaled-rope";
export { Shaw, type ShawOptions, shaw } from "./shaw";
export { Sinusoidal, type SinusoidalOptions, sinusoidal } from "./sinusoidal";
export {
  type SinusoidalLayout,
  type SinusoidalTableOptions,
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
export { Xpos, type XposOptions, xpos } from "./xpos";
