import { modelOfFile, type LoadModelOptions as Options } from "../checkpoint/load-model";
import type { ConfiguredModel } from "../checkpoint/model-of-config";
import { openCheckpoint } from "./open-checkpoint";

export type LoadModelOptions = Pick<Options, "rng" | "onProgress">;

/**
 * The model that {@link saveModel} wrote, in eval mode; read tensor after tensor.
 *
 * @param path As for {@link openCheckpoint}.
 * @throws Error (as a rejection) with the path and the reason, as `loadModel` of `@tx/model`. No
 *   tensor is left behind then.
 */
export async function loadModel(
  path: string,
  options: LoadModelOptions = {},
): Promise<ConfiguredModel> {
  const file = await openCheckpoint(path);
  try {
    return await modelOfFile(file, options);
  } finally {
    await file.close();
  }
}
