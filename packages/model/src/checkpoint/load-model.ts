import { Rng, type TensorFile } from "@tx/core";
import { renamed } from "./file-version";
import { type LoadTensorsOptions, loadTensors } from "./load-tensors";
import { type ConfiguredModel, modelOfMetadata } from "./model-of-config";
import {
  type CheckpointSource,
  type OpenCheckpointOptions,
  openCheckpoint,
} from "./open-checkpoint";

export interface LoadModelOptions
  extends OpenCheckpointOptions,
    Pick<LoadTensorsOptions, "onProgress"> {
  /** For dropout when the model is trained on. Default: seed 1. */
  rng?: Rng;
}

/**
 * The model that `saveModel`, `modelToBlob` or `encodeModel` wrote, in eval mode. Read tensor after
 * tensor: beside the model no more is in memory than one of them. A URL is read as it arrives.
 *
 * @throws Error (as a rejection) `name: expected …, got …` if the file cannot be read, is corrupt,
 *   of another kind or version, or its weights are not those of its config, all of these listed at
 *   once. No tensor is left behind then.
 */
export async function loadModel(
  from: CheckpointSource,
  { rng, onProgress, ...options }: LoadModelOptions = {},
): Promise<ConfiguredModel> {
  const file = await openCheckpoint(from, options);
  try {
    return await modelOfFile(file, { ...(rng && { rng }), ...(onProgress && { onProgress }) });
  } finally {
    await file.close();
  }
}

/** The model of a checkpoint that is open already, and stays so. */
export async function modelOfFile(
  file: TensorFile,
  { rng = new Rng(1), ...options }: Pick<LoadModelOptions, "rng" | "onProgress">,
): Promise<ConfiguredModel> {
  const { model, nameOf } = modelOfMetadata(file.metadata, {
    name: file.name,
    tensors: file.tensors.size,
    rng,
  });
  try {
    await loadTensors(model, renamed(file, nameOf), options);
    return model;
  } catch (error) {
    model.dispose();
    throw error;
  }
}
