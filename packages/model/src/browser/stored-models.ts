import { createStore, del, get, keys, set } from "idb-keyval";
import { loadModel, type LoadModelOptions as Options } from "../checkpoint/load-model";
import type { ConfiguredModel } from "../checkpoint/model-of-config";
import { modelToBlob, type SaveModelOptions } from "../checkpoint/model-to-blob";

// A file is stored as a Blob, which browsers keep beside the database: storing and loading read it
// piece by piece. tfjs-core's own IndexedDB router takes all weights as one ArrayBuffer instead.
const store = () => createStore("tx-models", "models");

/**
 * Stores a model in the browser's IndexedDB, over one of the same name: all or nothing.
 *
 * @throws Error (as a rejection) if the weights cannot be read, or the browser's room is used up;
 *   what was stored before is untouched then.
 */
export async function storeModel(
  name: string,
  model: ConfiguredModel,
  options: SaveModelOptions = {},
): Promise<void> {
  await set(name, await modelToBlob(model, options), store());
}

/**
 * The model that {@link storeModel} stored, in eval mode; read tensor after tensor.
 *
 * @throws Error (as a rejection) `name: expected …, got …` if there is none, or as `loadModel`.
 */
export async function loadStoredModel(
  name: string,
  options: Pick<Options, "rng" | "onProgress"> = {},
): Promise<ConfiguredModel> {
  const blob: unknown = await get(name, store());
  if (!(blob instanceof Blob)) throw new Error(`${name}: expected a stored model, got none`);
  return loadModel(blob, { ...options, name });
}

/** Names of the models that are stored. */
export async function storedModels(): Promise<string[]> {
  return keys<string>(store());
}

/** Removes a stored model, if there is one. */
export async function removeStoredModel(name: string): Promise<void> {
  await del(name, store());
}
