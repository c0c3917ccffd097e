import { dispose, type Tensor } from "@tensorflow/tfjs-core";
import {
  decodeSafetensors,
  encodeSafetensors,
  type HostTensor,
  loadState,
  Rng,
  stateOf,
  toHost,
  toTensor,
} from "@tx/core";
import { type ConfiguredModel, metadataOf, modelOfMetadata } from "./checkpoint/model-of-config";

/**
 * A model as one safetensors file in memory: weights by path, the config in the metadata.
 *
 * @returns The file's bytes.
 */
export async function encodeModel(model: ConfiguredModel): Promise<Uint8Array> {
  const tensors = new Map<string, HostTensor>();
  for (const [path, variable] of stateOf(model)) tensors.set(path, await toHost(variable));
  return encodeSafetensors(tensors, metadataOf(model));
}

/**
 * The model that {@link encodeModel} wrote, in eval mode. `loadModel` does the same without the
 * whole file in memory.
 *
 * @param name What errors call the file.
 * @param rng For dropout when the model is trained on. Default: seed 1.
 * @throws Error `name: expected …, got …` if the file is corrupt, of another kind or version, or
 *   its weights are not those of its config.
 */
export function decodeModel(bytes: Uint8Array, name = "model", rng = new Rng(1)): ConfiguredModel {
  const { tensors, metadata } = decodeSafetensors(bytes, name);
  const { model, nameOf } = modelOfMetadata(metadata, { name, tensors: tensors.size, rng });
  const loaded = new Map<string, Tensor>();
  try {
    for (const [path, tensor] of tensors) loaded.set(nameOf(path), toTensor(tensor));
    loadState(model, loaded);
  } catch (cause) {
    model.dispose();
    throw new Error(`${name}: ${cause instanceof Error ? cause.message : cause}`, { cause });
  } finally {
    dispose([...loaded.values()]);
  }
  return model;
}
