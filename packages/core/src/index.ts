export { checkShapes, type Mask, registerGradients, ShapeError } from "@tx/ops";
export { checkCount } from "./check-count";
export { countParameters } from "./count-parameters";
export { Dropout } from "./dropout";
export { Embedding } from "./embedding";
export { constant, normal, ones, xavierUniform, zeros } from "./initializers";
export { Linear, type LinearOptions } from "./linear";
export { Module } from "./module";
export { type Initializer, type ParameterOptions, parameter } from "./parameter";
export {
  type Positional,
  type PositionalConfig,
  type ScoreContext,
  type Side,
  type Span,
  spanOf,
} from "./positional";
export { Rng } from "./rng";
export {
  decodeSafetensors,
  encodeSafetensors,
  type HostTensor,
  type SafetensorsFile,
} from "./safetensors";
export { loadState, stateOf } from "./state";
export { lacksValues, withoutValues } from "./without-values";
