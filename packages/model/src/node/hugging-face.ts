import { mkdir, open } from "node:fs/promises";
import { join } from "node:path";
import { parseStrictJson } from "@tx/core";
import { writeWhole } from "@tx/core/node";
import type { SaveTensorsOptions } from "../checkpoint/save-tensors";
import { type FromHuggingFaceOptions, fromHuggingFace } from "../hugging-face/from-hugging-face";
import { huggingFaceConfig, toHuggingFace } from "../hugging-face/to-hugging-face";
import type { PresetModel } from "../model-from-config";
import { openCheckpoint } from "./open-checkpoint";

const CONFIG = "config.json";

/** Far above any config.json there is: a hostile one must not fill the memory. */
const MOST_BYTES = 2 ** 24;
const MOST_LEVELS = 16;

/**
 * The model of a folder as Hugging Face's Transformers write it: config.json beside
 * model.safetensors, in one file or in shards. See `fromHuggingFace` of `@tx/model/hugging-face`.
 *
 * @throws Error (as a rejection) with the path and the reason. No tensor is left behind then.
 */
export async function loadHuggingFace(
  folder: string,
  options: FromHuggingFaceOptions = {},
): Promise<PresetModel> {
  const config = await readConfig(join(folder, CONFIG));
  const file = await openCheckpoint(folder);
  try {
    return await fromHuggingFace(config, file, options);
  } finally {
    await file.close();
  }
}

/**
 * Writes a model as Hugging Face's Transformers read it: config.json and model.safetensors in a
 * folder, which is made if it is not there. Each file is the old one or the new one, and whole.
 *
 * @throws Error (as a rejection) naming the field of the config that their layout cannot say, before
 *   anything is written; or of the file system.
 */
export async function saveHuggingFace(
  folder: string,
  model: PresetModel,
  options: Pick<SaveTensorsOptions, "dtype"> = {},
): Promise<void> {
  const config = huggingFaceConfig(model, options);
  await mkdir(folder, { recursive: true });
  const weights = join(folder, "model.safetensors");
  await toHuggingFace(model, (pieces) => writeWhole(weights, pieces), options);
  const text = `${JSON.stringify(config, null, 2)}\n`;
  await writeWhole(join(folder, CONFIG), new TextEncoder().encode(text));
}

async function readConfig(path: string): Promise<unknown> {
  const handle = await open(path);
  try {
    const { size } = await handle.stat();
    if (size > MOST_BYTES) {
      throw new Error(`expected at most ${MOST_BYTES} bytes, got ${size}`);
    }
    const text = await handle.readFile("utf8");
    return parseStrictJson(text, "a config", MOST_LEVELS);
  } catch (cause) {
    throw new Error(`${path}: ${cause instanceof Error ? cause.message : cause}`, { cause });
  } finally {
    await handle.close();
  }
}
