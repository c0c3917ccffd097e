export { layerNorm } from "@tx/ops";
export { LayerNorm, type LayerNormOptions } from "./layer-norm";
