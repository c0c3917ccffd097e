export { checkShapes, type Mask, registerGradients, ShapeError } from "@tx/ops";
export { type ByteSource, blobSource, bytesSource } from "./byte-source";
export { checkCount } from "./check-count";
export { countParameters } from "./count-parameters";
export { Dropout } from "./dropout";
export { Embedding } from "./embedding";
export { type HostTensor, hostTypeOf, toHost, toTensor } from "./host-tensor";
export { constant, normal, ones, xavierUniform, zeros } from "./initializers";
export { Linear, type LinearOptions } from "./linear";
export { type Migration, migrated } from "./migrated";
export { Module } from "./module";
export { openSafetensors } from "./open-safetensors";
export { openShards } from "./open-shards";
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
  type SafetensorsFile,
} from "./safetensors";
export type { TensorInfo } from "./safetensors-header";
export { hostTypeOfFile, type SafetensorsType, type WritableType } from "./safetensors-numbers";
export { loadState, stateOf } from "./state";
export { streamSafetensors, type TensorToWrite } from "./stream-safetensors";
export { parseStrictJson, type StrictJsonOptions } from "./strict-json";
export type { TensorFile } from "./tensor-file";
export { urlSource } from "./url-source";
export { lacksValues, withoutValues } from "./without-values";
