export { layerNorm, rmsNorm } from "@tx/ops";
export { BatchNorm, type BatchNormInputs, type BatchNormOptions, batchNorm } from "./batch-norm";
export { type BatchStatistics, batchStatistics } from "./batch-statistics";
export {
  type DeepNormCoefficients,
  type DeepNormLayers,
  type DeepNormOptions,
  deepNorm,
  deepNormCoefficients,
} from "./deep-norm";
export { LayerNorm, type LayerNormOptions } from "./layer-norm";
export { RMSNorm, type RMSNormOptions } from "./rms-norm";
export { ScaleNorm, type ScaleNormOptions, scaleNorm } from "./scale-norm";
