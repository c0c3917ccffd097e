import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { writeWhole } from "@tx/core/node";
import { type ConfiguredModel, metadataOf } from "../checkpoint/model-of-config";
import type { SaveModelOptions } from "../checkpoint/model-to-blob";
import { saveTensors } from "../checkpoint/save-tensors";

/**
 * Saves a model as one safetensors file, its config in the metadata, so that weights and config
 * cannot come apart. Written tensor after tensor; at any moment, and whatever ends the process, the
 * file is the old one or the new one, and whole. Its folder is made if it is not there.
 *
 * It is the model of the moment of the call; await it before the next save to the same path.
 *
 * @param path Such as "model.safetensors".
 * @throws Error (as a rejection) of the file system. What was saved before is untouched then.
 */
export async function saveModel(
  path: string,
  model: ConfiguredModel,
  options: SaveModelOptions = {},
): Promise<void> {
  const write = async (pieces: AsyncIterable<Uint8Array>) => {
    await mkdir(dirname(path), { recursive: true });
    await writeWhole(path, pieces);
  };
  await saveTensors(model, write, { ...options, metadata: metadataOf(model) });
}
