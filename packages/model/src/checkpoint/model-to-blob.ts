import { type ConfiguredModel, metadataOf } from "./model-of-config";
import { type SaveTensorsOptions, saveTensors } from "./save-tensors";

export type SaveModelOptions = Pick<SaveTensorsOptions, "dtype">;

/**
 * A model as a Blob of one safetensors file, its config in the metadata: to be downloaded, stored
 * or sent. Written tensor after tensor; browsers keep large Blobs on the disk.
 *
 * @throws Error (as a rejection) if the weights cannot be read.
 */
export function modelToBlob(model: ConfiguredModel, options: SaveModelOptions = {}): Promise<Blob> {
  return saveTensors(model, blobOf, { ...options, metadata: metadataOf(model) });
}

async function blobOf(pieces: AsyncIterable<Uint8Array>): Promise<Blob> {
  const blobs: Blob[] = [];
  // Each in a Blob at once, which takes it out of the program's own memory.
  for await (const piece of pieces) blobs.push(new Blob([piece as Uint8Array<ArrayBuffer>]));
  return new Blob(blobs, { type: "application/octet-stream" });
}
